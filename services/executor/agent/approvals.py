"""Which calls of tools wait, and for what: by the bundle, the deployment and the request.

Whoever asks for an approval, the call waits for it: rules add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.executor.call_rules import ApprovalRule
from services.executor.clients import Client
from services.executor.lifecycle_events import InputKind
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome, SchemaProcesses

EVERY_TOOL: Final = "*"
DAY_S: Final = 24 * 3600.0
WAIT_S: Final = 7 * DAY_S
BY_BUNDLE: Final = "The bundle asks for it."
BY_CLIENT: Final = "The client runs this tool."


@dataclass(frozen=True)
class Wanted:
    """What a call waits for, from when it is told on for at most ``wait_s`` seconds."""

    kind: InputKind
    reason: str
    wait_s: float


@dataclass(frozen=True, eq=False)
class _Checked:
    rule: ApprovalRule
    schema: SchemaCheck | None


class Approvals:
    """The rules of a run: those of the deployment and of the request, and how long runs wait.

    Args:
        wait_s: seconds that runs wait for what no rule bounds.
        rules: the rules, each with its schema ready.
    """

    def __init__(self, wait_s: float = WAIT_S, rules: Sequence[_Checked] = ()) -> None:
        self.wait_s = wait_s
        self._rules = tuple(rules)

    def __repr__(self) -> str:
        return f"Approvals({', '.join(each.rule.tool for each in self._rules)})"

    @classmethod
    async def made(
        cls, rules: Sequence[ApprovalRule], schemas: SchemaProcesses, client: Client, wait_s: float
    ) -> Approvals:
        """Return the rules of a run.

        Raises:
            ValueError: the schema of a rule cannot be used; the message begins with its number.
        """
        found: list[_Checked] = []
        for number, rule in enumerate(rules):
            check = None
            if rule.input_schema is not None:
                try:
                    check = await SchemaCheck.made(rule.input_schema, schemas)
                    if check.strays and (reason := await check.usable(client)):
                        raise ValueError(reason)
                except ValueError as error:
                    raise ValueError(f"[{number}]: its schema cannot be used: {error}") from None
            found.append(_Checked(rule, check))
        return cls(wait_s, found)

    async def wanted(
        self, agent: str, tool: str, input_json: str, client: Client, *, by_bundle: bool
    ) -> Wanted | None:
        """Return the approval that a call needs, None if it needs none.

        An input of which it cannot be told whether it fits a rule's schema counts as fitting.
        """
        reasons = [BY_BUNDLE] if by_bundle else []
        wait_s = self.wait_s
        for each in self._rules:
            if await self._asks(each, agent, tool, input_json, client):
                reason = f"A rule of the {each.rule.source} asks for it."
                reasons += [] if reason in reasons else [reason]
                wait_s = min(wait_s, each.rule.timeout_s or wait_s)
        return Wanted(InputKind.APPROVAL, " ".join(reasons), wait_s) if reasons else None

    async def _asks(
        self, each: _Checked, agent: str, tool: str, input_json: str, client: Client
    ) -> bool:
        rule = each.rule
        if rule.tool not in {EVERY_TOOL, tool} or rule.agent not in {"", agent}:
            return False
        if each.schema is None:
            return True
        checked = await each.schema.check(input_json, "input", client)
        return checked.outcome is not Outcome.MISFIT

    def result(self) -> Wanted:
        """Return what the call of a client's tool waits for."""
        return Wanted(InputKind.TOOL_RESULT, BY_CLIENT, self.wait_s)
