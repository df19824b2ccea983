"""Principals that see one resource alone: a user's own runs and conversations."""

from __future__ import annotations

from services.executor.access.principal import PRINCIPAL


def is_hidden(resource_id: str | None) -> bool:
    """Return whether what belongs to a resource, None for any, is not there for the caller."""
    own = PRINCIPAL.get().resource_id
    return own is not None and resource_id != own


def seen(resource_id: str | None) -> str | None:
    """Return the resource that a caller asks about who may have left it out.

    None stands for all of them, for a caller that sees all.
    """
    own = PRINCIPAL.get().resource_id
    return own if own is not None and not resource_id else resource_id
