"""The history of the schema. A migration that was released never changes.

A new one is a file in `versions`, after the last; tests/storage/test_migrations.py
tells what it still lacks to lead to the tables.
"""
