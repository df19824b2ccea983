"""The quotas of a deployment: which limits whom has, from a JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.executor.quota.model import Amount, AtOnce, Limit, Metric, Rate, Subject, SubjectKind
from services.executor.quota.windows import SECOND_US, Window

RESERVED_TOKENS: Final = 10_000
RESERVED_NANO_USD: Final = 50_000_000


@dataclass(frozen=True)
class RateRule:
    """At most one in ``interval_us``, and ``burst`` at once."""

    interval_us: int
    burst: int = 1


@dataclass(frozen=True)
class MetricRules:
    """What is allowed of one thing; what is left out has no limit."""

    rate: RateRule | None = None
    amounts: Mapping[Window, int] = field(default_factory=dict)
    at_once: int | None = None


Rules = Mapping[Metric, MetricRules]


@dataclass(frozen=True)
class OrganisationRules:
    """What one organisation has of its own; what is left out is as the defaults say.

    ``weight`` is how much larger its share of an executor is than that of others.
    """

    limits: Rules = field(default_factory=dict)
    keys: Mapping[str, Rules] = field(default_factory=dict)
    agents: Mapping[str, Rules] = field(default_factory=dict)
    weight: int = 1


@dataclass(frozen=True)
class QuotaRules:
    """The quotas of a deployment.

    Attributes:
        defaults: of every organisation, key and agent that has none of its own.
        organisations: those that have.
        tokens: tokens that a run reserves whose own budget does not say how many it may use.
        nano_usd: the same in billionths of a US dollar.
    """

    defaults: Mapping[SubjectKind, Rules] = field(default_factory=dict)
    organisations: Mapping[str, OrganisationRules] = field(default_factory=dict)
    tokens: int = RESERVED_TOKENS
    nano_usd: int = RESERVED_NANO_USD

    def weight(self, organisation: str) -> int:
        """Return how much larger an organisation's share of an executor is than that of others."""
        own = self.organisations.get(organisation)
        return 1 if own is None else own.weight

    def of_caller(self, organisation: str, key: str) -> tuple[Limit, ...]:
        """Return the limits of an organisation, and of one of its keys; no key if that is empty."""
        own = self.organisations.get(organisation, OrganisationRules())
        found = _limits(SubjectKind.ORGANISATION, organisation, self.defaults, own.limits)
        if key:
            found += _limits(SubjectKind.KEY, key, self.defaults, own.keys.get(key, {}))
        return found

    def limits_agents(self, organisation: str) -> bool:
        """Return whether any agent of an organisation has limits."""
        own = self.organisations.get(organisation, OrganisationRules())
        return bool(own.agents or self.defaults.get(SubjectKind.AGENT))

    def of_agent(self, organisation: str, agent: str) -> tuple[Limit, ...]:
        """Return the limits of an agent of an organisation."""
        own = self.organisations.get(organisation, OrganisationRules())
        return _limits(SubjectKind.AGENT, agent, self.defaults, own.agents.get(agent, {}))


def _limits(
    kind: SubjectKind, name: str, defaults: Mapping[SubjectKind, Rules], own: Rules
) -> tuple[Limit, ...]:
    """Return the limits of a subject: of each thing its own, else the defaults."""
    subject, found = Subject(kind, name), list[Limit]()
    for metric, rules in {**defaults.get(kind, {}), **own}.items():
        if rules.rate is not None:
            found.append(Rate(subject, metric, rules.rate.interval_us, rules.rate.burst))
        found += [Amount(subject, metric, each, most) for each, most in rules.amounts.items()]
        if rules.at_once is not None:
            found.append(AtOnce(subject, rules.at_once))
    return tuple(found)


PERIODS: Final = {
    "per_second": SECOND_US,
    "per_minute": 60 * SECOND_US,
    "per_hour": 3600 * SECOND_US,
}
