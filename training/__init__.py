"""Learning: from reviewed turns to a release that is proven better."""
