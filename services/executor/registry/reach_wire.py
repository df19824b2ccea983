"""Converts what a version may reach; what is not understood is refused."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from google.protobuf.message import DecodeError

from services.executor.access_errors import ReachNotApprovedError
from services.executor.egress.bindings import HEADER
from services.executor.egress.environment import NAME
from services.executor.egress.rules import BadRuleError, FetchRule, parse_rule
from services.executor.egress.version_reach import SecretAccess, VersionReach
from services.executor.errors import RequestError
from services.executor.registry.widening import NOT_READABLE, widened
from services.executor.wire.limits import from_limits
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.request_messages import RecordedReach
from services.executor.wire.waiting import approvals_of

MAX_RULES: Final = 100
MAX_METHODS: Final = 16
MAX_HOSTS: Final = 32
MAX_ENV: Final = 128
MAX_MODELS: Final = 64
MAX_MODEL_BYTES: Final = 256
MAX_REACH_BYTES: Final = 256 * 1024


def from_reach(message: Any, field: str, check: RequestChecker) -> VersionReach:
    """Return a reach, a ``Reach`` whose JSON values are bytes; ``check`` collects its problems."""
    check.size(field, message.ByteSize(), MAX_REACH_BYTES)
    known = deepcopy(message)
    known.DiscardUnknownFields()
    if known.ByteSize() != message.ByteSize():
        check.wrong(field, "It has fields that this version of Caisson does not know.")
    names = list(message.env)
    if len(names) > MAX_ENV or not all(NAME.fullmatch(name) for name in names):
        check.wrong(f"{field}.env", f"It must have at most {MAX_ENV} names of variables.")
    models = list(message.models)
    if len(models) > MAX_MODELS or not all(0 < len(m.encode()) <= MAX_MODEL_BYTES for m in models):
        check.wrong(f"{field}.models", f"It must have at most {MAX_MODELS} names of models.")
    approvals = approvals_of(message, check, f"{field}.approvals")
    return VersionReach(
        fetch=_rules(message.fetch, f"{field}.fetch", MAX_RULES, check),
        secrets=_secrets(message.secrets, f"{field}.secrets", check),
        env=frozenset(names),
        models=tuple(models),
        tool_models=message.tool_models,
        limits=from_limits(message.limits, check, f"{field}.limits"),
        approvals=tuple(replace(each, source="deployed version") for each in approvals),
    )


def recorded_reach(data: bytes, name: str) -> VersionReach:
    """Return what a version may reach, from what is recorded of it.

    Raises:
        ReachNotApprovedError: this version of Caisson does not understand it.
    """
    check = RequestChecker()
    try:
        found = from_reach(RecordedReach.FromString(data), "reach", check)
        check.finish()
    except (DecodeError, RequestError):
        raise ReachNotApprovedError(
            f"What {name} may reach is recorded in a form that this executor does not understand. "
            "Deploy it again."
        ) from None
    return found


def widened_of(old: bytes | None, new: bytes) -> tuple[str, ...]:
    """Return in what a recorded reach is wider than an older one; see ``widened``."""
    if old is None:
        return widened(None, recorded_reach(new, "the new version"))
    try:
        before = recorded_reach(old, "the version before")
    except ReachNotApprovedError:
        return (NOT_READABLE,)
    return widened(before, recorded_reach(new, "the new version"))


def _secrets(secrets: Sequence[Any], field: str, check: RequestChecker) -> tuple[SecretAccess, ...]:
    if len(secrets) > MAX_RULES:
        check.wrong(field, f"It has {len(secrets)}; {MAX_RULES} may be.")
        return ()
    return tuple(_secret(each, f"{field}[{at}]", check) for at, each in enumerate(secrets))


def _secret(secret: Any, field: str, check: RequestChecker) -> SecretAccess:
    if not NAME.fullmatch(secret.name):
        check.wrong(f"{field}.name", "It must be at most 128 letters, digits and _.")
    header = secret.header.lower()
    if header and not HEADER.fullmatch(header):
        check.wrong(f"{field}.header", "It must be the name of a header, such as x-api-key.")
    if not secret.hosts:
        check.wrong(f"{field}.hosts", "It is empty: name the hosts that may see the secret.")
    hosts = _rules(secret.hosts, f"{field}.hosts", MAX_HOSTS, check)
    return SecretAccess(secret.name, hosts, header)


def _rules(
    rules: Sequence[Any], field: str, most: int, check: RequestChecker
) -> tuple[FetchRule, ...]:
    if len(rules) > most:
        check.wrong(field, f"It has {len(rules)} rules; {most} may be.")
        return ()
    found = []
    for at, each in enumerate(rules):
        if len(each.methods) > MAX_METHODS:
            check.wrong(f"{field}[{at}].methods", f"At most {MAX_METHODS} may be.")
            continue
        try:
            found.append(parse_rule(each.rule, each.methods))
        except BadRuleError as error:
            check.wrong(f"{field}[{at}]", str(error))
    return tuple(found)
