"""In what a reach is wider than another one; what cannot be compared is wider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from services.executor.call_rules import ApprovalRule
from services.executor.egress.rules import FetchRule
from services.executor.egress.version_reach import SecretAccess, VersionReach, covers
from services.executor.limits import RunLimits, ToolCallLimits
from services.executor.providers.names import one_form

MAX_SENTENCES = 100
FIRST = "it is the first version with an approved reach"
NOT_READABLE = "the reach of the version before cannot be read"


def widened(old: VersionReach | None, new: VersionReach) -> tuple[str, ...]:
    """Return in what a reach is wider, a sentence each; None for no older one."""
    if old is None:
        return (FIRST,)
    found = [*_fetch(old, new), *_secrets(old, new), *_names(old, new)]
    found += [*_limits(old.limits, new.limits), *_approvals(old, new)]
    if len(found) > MAX_SENTENCES:
        found[MAX_SENTENCES - 1 :] = [f"and {len(found) - MAX_SENTENCES + 1} more"]
    return tuple(found)


def rule_text(rule: FetchRule) -> str:
    """Return a rule with its methods."""
    return f"{rule} ({', '.join(sorted(rule.methods))})" if rule.methods else str(rule)


def _fetch(old: VersionReach, new: VersionReach) -> Iterator[str]:
    for rule in new.fetch:
        if not any(covers(each, rule) for each in old.fetch):
            yield f"new fetch rule {rule_text(rule)}"


def _secrets(old: VersionReach, new: VersionReach) -> Iterator[str]:
    known = {each.name for each in old.secrets}
    for access in new.secrets:
        if access.name not in known:
            yield f"new secret {access.name}"
            continue
        for host in access.hosts:
            if not any(_allows(each, access, host) for each in old.secrets):
                where = f" in {access.header}" if access.header else ""
                yield f"new use of the secret {access.name}: {rule_text(host)}{where}"


def _allows(old: SecretAccess, new: SecretAccess, host: FetchRule) -> bool:
    return (
        old.name == new.name
        and old.header in ("", new.header)
        and any(covers(each, host) for each in old.hosts)
    )


def _names(old: VersionReach, new: VersionReach) -> Iterator[str]:
    yield from (f"new plain value {name}" for name in sorted(new.env - old.env))
    known = set(map(one_form, old.models))
    yield from (f"new model {each}" for each in new.models if one_form(each) not in known)
    if new.tool_models and not old.tool_models:
        yield "tools may ask models"


def _limits(old: RunLimits | ToolCallLimits, new: object, path: str = "limits") -> Iterator[str]:
    """Yield the limits that are higher, or not there any more."""
    if type(old) is not type(new):
        yield f"{path} cannot be compared"
        return
    for each in fields(old):
        before, after = getattr(old, each.name), getattr(new, each.name)
        where = f"{path}.{each.name}"
        if isinstance(before, ToolCallLimits):
            yield from _limits(before, after, where)
        elif before is None or before == after:
            continue
        elif after is None:
            yield f"{where} is not limited any more (was {before:g})"
        elif not after <= before:
            yield f"{where} is raised from {before:g} to {after:g}"


def _approvals(old: VersionReach, new: VersionReach) -> Iterator[str]:
    for rule in old.approvals:
        if not any(_asks_at_least(each, rule) for each in new.approvals):
            yield f'calls of "{rule.tool}" need no approval any more, or fewer of them do'


def _asks_at_least(new: ApprovalRule, old: ApprovalRule) -> bool:
    """Tell whether a rule asks for every approval that an older one asked for."""
    if new == old:
        return True
    covers_tool = new.tool in ("*", old.tool) and new.agent in ("", old.agent)
    return covers_tool and new.input_schema is None and new.timeout_s == old.timeout_s
