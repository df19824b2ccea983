"""The revisions of the schema, by Alembic; imported only when a database is behind."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection

PLACE = Path(__file__).parent


def upgrade(connection: Connection, current: str, place: Path = PLACE) -> bool:
    """Apply all revisions after ``current``; False if that is unknown here."""
    directory = ScriptDirectory(str(place))
    try:
        behind = list(directory.iterate_revisions("head", current))
    except (CommandError, RevisionError):
        return False
    with Operations.context(MigrationContext.configure(connection)):
        for script in reversed(behind):
            script.module.upgrade()
    return True


def head(place: Path = PLACE) -> str | None:
    """Return the newest revision."""
    return ScriptDirectory(str(place)).get_current_head()
