"""Slack over Socket Mode. What comes in is on record before Slack hears yes."""
