"""Alembic runs this for every command; the connection and its transaction are given.

`storage.migrate` hands them in, so there is no other way to reach a database here.
"""

from alembic import context

from storage.tables import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
)
context.run_migrations()
