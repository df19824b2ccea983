"""The table of API keys; see ``tables`` for the others."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from services.executor.adapters.database.tables import METADATA

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),  # words
    Column("scopes", Text, nullable=True),  # words; null: all of the roles'
    Column("resource_id", Text, nullable=True),
    Column("digest", LargeBinary, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("revoked_ns", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
)
Index("api_keys_by_organisation", API_KEYS.c.organisation, API_KEYS.c.created_ns)
