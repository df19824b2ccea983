"""The first tables, which ``schema.upgrade`` makes in every new database."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Do nothing: there is no older database."""
