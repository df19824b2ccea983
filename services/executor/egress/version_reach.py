"""What the runs of a deployed version may reach, of what the deployment grants.

A request, a secret or a value must be allowed by both: by the deployment's policy for the agent,
and by the version's reach. Nothing here grants what the policy does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.executor.call_rules import ApprovalRule
from services.executor.egress.addresses import parse_address
from services.executor.egress.policy import EgressPolicy
from services.executor.egress.rules import WILDCARD, FetchRule
from services.executor.egress.secrets import SecretBinding
from services.executor.limits import RunLimits


@dataclass(frozen=True)
class SecretAccess:
    """A secret by its name, and the requests that may carry it.

    ``header`` is the only one that may, in lower case; empty for all.
    """

    name: str
    hosts: tuple[FetchRule, ...]
    header: str = ""


@dataclass(frozen=True)
class VersionReach:
    """All that the runs of a version may reach; nothing by default.

    Attributes:
        fetch: requests.
        secrets: secrets of the deployment.
        env: names of plain values, of the deployment's and of requests'.
        models: models that may be named, beside the deployment's own default and fallbacks.
        tool_models: whether tools may ask models.
        limits: of each run.
        approvals: calls that must be approved.
    """

    fetch: tuple[FetchRule, ...] = ()
    secrets: tuple[SecretAccess, ...] = ()
    env: frozenset[str] = frozenset()
    models: tuple[str, ...] = ()
    tool_models: bool = False
    limits: RunLimits = field(default_factory=RunLimits)
    approvals: tuple[ApprovalRule, ...] = ()

    def restricted(self, policy: EgressPolicy) -> EgressPolicy:
        """Return a policy without what is not in this reach."""
        named: dict[str, list[SecretAccess]] = {}
        for access in self.secrets:
            named.setdefault(access.name, []).append(access)
        secrets = tuple(
            bound
            for binding in policy.secrets
            for access in named.get(binding.name, ())
            if (bound := _bound(binding, access)) is not None
        )
        env = tuple(each for each in policy.env if each.name in self.env)
        return EgressPolicy(policy.grants, secrets, env, bounds=self.fetch)


@dataclass(frozen=True)
class PinnedVersion:
    """The version that a run is on, such as "weather@3", and what it may reach."""

    name: str
    reach: VersionReach


def _bound(binding: SecretBinding, access: SecretAccess) -> SecretBinding | None:
    """Return a binding as far as a version may use it; None if it may not."""
    headers = {binding.header, access.header} - {""}
    hosts = tuple(
        both
        for rule in binding.hosts
        for own in access.hosts
        if (both := common_rule(rule, own)) is not None
    )
    if not hosts or len(headers) > 1:
        return None
    return replace(binding, hosts=hosts, header=next(iter(headers), ""))


def common_rule(one: FetchRule, two: FetchRule) -> FetchRule | None:
    """Return the rule that allows what both allow; None if they have nothing in common."""
    host, path = _narrower_host(one.host, two.host), _narrower_path(one.path, two.path)
    if host is None or path is None or one.port != two.port:
        return None
    if one.scheme and two.scheme and one.scheme != two.scheme:
        return None
    methods = one.methods | two.methods
    if one.methods and two.methods:
        methods = one.methods & two.methods
        if not methods:
            return None
    traced = one.traced or two.traced
    return FetchRule(one.scheme or two.scheme, host, one.port, path, methods, traced)


def covers(wide: FetchRule, narrow: FetchRule) -> bool:
    """Tell whether a rule allows everything that another one allows."""
    both = common_rule(wide, narrow)
    return both is not None and both == replace(narrow, path=_trimmed(narrow.path))


def _narrower_host(one: str, two: str) -> str | None:
    if one == two:
        return one
    for wide, narrow in ((one, two), (two, one)):
        if wide.startswith(WILDCARD) and narrow.endswith(wide[1:]):
            return narrow if parse_address(narrow) is None else None
    return None


def _narrower_path(one: str, two: str) -> str | None:
    one, two = _trimmed(one), _trimmed(two)
    for wide, narrow in ((one, two), (two, one)):
        if narrow == wide or narrow.startswith(f"{wide.removesuffix('/')}/"):
            return narrow
    return None


def _trimmed(path: str) -> str:
    return path.removesuffix("/") or "/"
