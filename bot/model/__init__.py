"""The models in the cellar: what serving and training share.

It may import `storage.records` and `storage.problems` only. Heavy libraries are
imported in the leaf files that need them, never when this package is imported.
"""
