"""The settings of what is recorded of runs, a part of the executor's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.executor.call_rules import ApprovalRule
from services.executor.keys import HOW_TO_MAKE, key_of, named_keys
from services.executor.settings_fields import approval_rules, approval_wait, whole_words
from services.front.settings_fields import one_of, seconds, switch

DAY_S: Final = 86_400.0
REFUSE, IN_MEMORY = "refuse", "memory"
SCHEMES: Final = ("postgresql://", "postgres://")
KEY_IS_MISSING: Final = (
    "CAISSON_EXECUTOR_DATABASE_URL and secrets are set, but CAISSON_EXECUTOR_KEY is not: a run "
    "that goes on at another executor would get other placeholders of its secrets. Set the same "
    f"key for all executors, {HOW_TO_MAKE}."
)


@dataclass(frozen=True)
class RunSettings:
    """How runs are recorded.

    Attributes:
        database_url: a PostgreSQL database for runs and conversations,
            ``postgresql://USER:PASSWORD@HOST/DATABASE``, which several executors may share; by
            default a SQLite file in ``state_dir``, for one executor.
        state_in_use: what to do when another executor uses ``state_dir``: ``refuse`` to start, or
            record runs and conversations in ``memory``, until the process ends.
        key: a secret of at least 32 bytes, in base64 or hexadecimal, the same for all executors of
            a deployment: the placeholders of secrets are derived from it, so that a run can go on
            elsewhere. By default one that is made and kept in ``state_dir``.
        journal_keys: keys that encrypt requests, messages, events and notes in the database, as
            space-separated ``ID:KEY``, each of at least 32 bytes in base64 or hexadecimal. The
            first encrypts, all decrypt. By default nothing is encrypted.
        run_retention_s: seconds for which a run that has ended can be read; then its events and
            records are deleted. Conversations are not.
        run_lease_s: seconds without a sign of life of an executor after which others take over its
            runs.
        approvals: calls that people must approve: a JSON list of rules, see docs/approvals.md.
        approval_wait_s: seconds that runs wait for an approval, or for a client's tool.
        idempotent_tools: tools whose calls may be made twice, as space-separated ``AGENT/TOOL``, in
            which ``*`` stands for any characters: a call that an interruption leaves without
            result is then made again, with the same idempotency key.
        trust_idempotent_hints: true believes MCP servers that call a tool idempotent
            (``idempotentHint``), in the same way.
    """

    database_url: str = field(default="", repr=False)
    state_in_use: str = one_of(REFUSE, (REFUSE, IN_MEMORY))
    key: str = field(default="", repr=False)
    journal_keys: tuple[str, ...] = whole_words(secret=True)
    run_retention_s: float = seconds(7 * DAY_S, 0.0, 3650 * DAY_S)
    run_lease_s: float = seconds(3.0, 0.5, 3600.0)
    approvals: tuple[ApprovalRule, ...] = approval_rules()
    approval_wait_s: float = approval_wait()
    idempotent_tools: tuple[str, ...] = whole_words()
    trust_idempotent_hints: bool = switch()


def wrong_run_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problems of the settings of ``RunSettings``; keys and passwords are not shown."""
    problems = []
    url = values["database_url"]
    if url and not url.startswith(SCHEMES):
        problems.append(
            f"{prefix}DATABASE_URL is not shown, since it may hold a password; it must be "
            "postgresql://USER:PASSWORD@HOST/DATABASE, or empty for a SQLite file."
        )
    if values["key"]:
        try:
            key_of(values["key"])
        except ValueError as error:
            problems.append(f"{prefix}KEY cannot be used: {error}, {HOW_TO_MAKE}.")
    try:
        named_keys(values["journal_keys"])
    except ValueError as error:
        problems.append(
            f"{prefix}JOURNAL_KEYS cannot be used: {error}. Write ID:KEY, with a key {HOW_TO_MAKE}."
        )
    problems += [
        f"{prefix}IDEMPOTENT_TOOLS has {each[:60]!r}; write AGENT/TOOL, such as orders/find*."
        for each in values["idempotent_tools"]
        if not all(each.partition("/"))
    ]
    return problems
