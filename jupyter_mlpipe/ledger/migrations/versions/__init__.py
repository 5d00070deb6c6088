"""One module a schema version, named in ``database.REVISIONS``. A version that was released never changes."""
