"""What the audit trail says: who did what to what, from where, and how it ended.

No prompts, messages or secrets are in it, and nothing that a bundle says: ids, names and digests.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from services.executor.access.principal import PRINCIPAL, Principal

MAX_TEXT: Final = 256
MAX_DETAILS: Final = 16

ORIGIN: Final[ContextVar[str]] = ContextVar("origin", default="")
"""Where the request that is being worked on comes from, as gRPC names peers; tasks inherit it."""


class Action(Enum):
    """What was done."""

    RUN_CREATED = "run.created"
    RUN_CANCELLED = "run.cancelled"
    RUN_DELETED = "run.deleted"
    INPUT_ANSWERED = "input.answered"
    SESSION_DELETED = "session.deleted"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    AGENT_DEPLOYED = "agent.deployed"
    AGENT_LABELLED = "agent.labelled"
    AGENT_DELETED = "agent.deleted"
    REACH_APPROVED = "reach.approved"
    ACCESS_REFUSED = "access.refused"
    """A request had no valid credential, or one that does not allow it."""
    AUDIT_SHORTENED = "audit.shortened"
    """Entries were deleted that are older than they are kept."""
    AUDIT_LOST = "audit.lost"
    """Entries could not be written, since the database did not answer for too long."""


class Outcome(Enum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True)
class AuditEntry:
    """One thing that somebody did. Texts are cut to 256 characters.

    Attributes:
        action, outcome: what, and how it ended.
        target: to what: the id of a run or a key, the name of an agent.
        organisation, subject, key_id: who; empty where nobody says who they are.
        origin: from where, as gRPC names peers.
        detail: what else there is to say, such as the digest of a bundle; at most 16.
        count: how many times, for what is counted instead of written each time.
    """

    action: Action
    outcome: Outcome = Outcome.DONE
    target: str = ""
    organisation: str = ""
    subject: str = ""
    key_id: str = ""
    origin: str = ""
    detail: tuple[tuple[str, str], ...] = ()
    count: int = 1


def by_caller(action: Action, target: str, **detail: str) -> AuditEntry:
    """Return an entry about what the caller of the current request has done."""
    return by(PRINCIPAL.get(), action, target, **detail)


def by(who: Principal, action: Action, target: str, **detail: str) -> AuditEntry:
    """Return an entry about what somebody has done in the current request."""
    return AuditEntry(
        action,
        Outcome.DONE,
        target,
        who.organisation,
        who.subject,
        who.key_id,
        ORIGIN.get(),
        tuple(sorted(detail.items())),
    )


def refused(entry: AuditEntry) -> AuditEntry:
    """Return an entry about what somebody wanted to do, and may not."""
    return replace(entry, outcome=Outcome.REFUSED)


def counted(entry: AuditEntry) -> AuditEntry:
    """Return an entry as it is counted: without the port, which differs for each connection."""
    host, colon, port = entry.origin.rpartition(":")
    return replace(entry, origin=host if colon and port.isdigit() else entry.origin)


def canonical(entry: AuditEntry, number: int, time_ns: int) -> str:
    """Return an entry with its place and time, in the one form that is hashed: ASCII JSON."""
    fields: Mapping[str, object] = {
        "number": number,
        "time_ns": time_ns,
        "action": entry.action.value,
        "outcome": entry.outcome.value,
        "target": entry.target[:MAX_TEXT],
        "organisation": entry.organisation[:MAX_TEXT],
        "subject": entry.subject[:MAX_TEXT],
        "key_id": entry.key_id[:MAX_TEXT],
        "origin": entry.origin[:MAX_TEXT],
        "detail": {name[:MAX_TEXT]: value[:MAX_TEXT] for name, value in entry.detail[:MAX_DETAILS]},
        "count": entry.count,
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
