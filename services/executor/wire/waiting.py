"""What a request says of approvals, and of tools that its client runs."""

from __future__ import annotations

import re
from typing import Any, Final

from services.executor.call_rules import ApprovalRule, ClientTool
from services.executor.domain import JsonObject
from services.executor.wire.json_values import BadJsonError, from_json_value
from services.executor.wire.limits import NANO
from services.executor.wire.request_checker import RequestChecker

MAX_RULES: Final = 64
MAX_CLIENT_TOOLS: Final = 64
MAX_TOOL_BYTES: Final = 128
MAX_DESCRIPTION_BYTES: Final = 16 * 1024
MAX_SCHEMA_BYTES: Final = 256 * 1024
MAX_RULE_SCHEMA_BYTES: Final = 16 * 1024
LONGEST_WAIT_S: Final = 366 * 24 * 3600.0
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def approvals_of(
    spec: Any, check: RequestChecker, field: str = "spec.approvals"
) -> tuple[ApprovalRule, ...]:
    """Return the calls that a message wants approved; ``check`` collects problems."""
    if len(spec.approvals) > MAX_RULES:
        check.wrong(field, f"It has {len(spec.approvals)} rules; {MAX_RULES} may be.")
        return ()
    return tuple(_rule(rule, f"{field}[{at}]", check) for at, rule in enumerate(spec.approvals))


def _rule(rule: Any, field: str, check: RequestChecker) -> ApprovalRule:
    check.size(f"{field}.tool", len(rule.tool.encode()), MAX_TOOL_BYTES)
    if not rule.tool:
        check.wrong(f"{field}.tool", 'It is empty: name a tool, or "*" for all of them.')
    schema = _schema(rule, field, MAX_RULE_SCHEMA_BYTES, check)
    timeout_s = None
    if rule.HasField("timeout"):
        timeout_s = rule.timeout.seconds + rule.timeout.nanos / NANO
        if not 0 < timeout_s <= LONGEST_WAIT_S:
            check.wrong(f"{field}.timeout", "It must be more than 0, and at most 366 days.")
    return ApprovalRule(rule.tool, schema, timeout_s)


def client_tools_of(spec: Any, check: RequestChecker) -> tuple[ClientTool, ...]:
    """Return the tools that the client runs; ``check`` collects problems."""
    field = "spec.client_tools"
    if len(spec.client_tools) > MAX_CLIENT_TOOLS:
        check.wrong(field, f"It has {len(spec.client_tools)}; {MAX_CLIENT_TOOLS} may be.")
        return ()
    return tuple(_tool(tool, f"{field}[{at}]", check) for at, tool in enumerate(spec.client_tools))


def _tool(tool: Any, field: str, check: RequestChecker) -> ClientTool:
    if not NAME.fullmatch(tool.name):
        check.wrong(f"{field}.name", 'It must be 1 to 64 letters, digits, "_" and "-".')
    size = len(tool.description.encode())
    check.size(f"{field}.description", size, MAX_DESCRIPTION_BYTES)
    schema = _schema(tool, field, MAX_SCHEMA_BYTES, check)
    if schema is None and not tool.HasField("input_schema"):
        check.wrong(f"{field}.input_schema", "It is missing; a tool without input has {}.")
    return ClientTool(tool.name, tool.description, schema or {})


def _schema(message: Any, within: str, most: int, check: RequestChecker) -> JsonObject | None:
    if not message.HasField("input_schema"):
        return None
    try:
        value = from_json_value(message.input_schema, most)
    except BadJsonError as error:
        check.wrong(f"{within}.input_schema", str(error))
        return None
    if not isinstance(value, dict):
        check.wrong(f"{within}.input_schema", "It must be a JSON object.")
        return None
    return value
