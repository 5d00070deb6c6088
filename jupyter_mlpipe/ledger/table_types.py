"""What all tables of the ledger share: their names' form and the types of columns. Not for the tables (``tables``)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Float, Integer, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Identifier = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up only a key that is exactly INTEGER."""

Double = Float(53)
