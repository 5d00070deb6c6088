"""Alembic's migrations of the ledger, carried in the package: ``Ledger.open`` runs them by itself."""
