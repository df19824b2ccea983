"""A deployment's egress policy: what agents may fetch, and which secrets they may use.

The document is JSON::

    {"fetch": [{"rule": "https://api.exa.ai/search", "methods": ["POST"], "agents": ["research"]}],
     "secrets": [{"name": "EXA_API_KEY", "hosts": ["https://api.exa.ai/search"],
                  "header": "x-api-key", "methods": ["POST"], "agents": ["research"],
                  "from": {"environment": "EXA_API_KEY"}}],
     "env": [{"name": "SHOP_API_URL", "value": "https://shop.example", "agents": ["orders"]}]}

``methods``, ``agents`` and ``organisations`` may be omitted, which means all of them; a secret
without ``header`` may be in any header, the query and the body, and one with ``like``, an example,
has placeholders of its form. A secret comes ``from`` one of ``environment``, ``file`` (a path),
``folder`` (of files, each under the name of a secret), ``command`` (a list of words) and ``vault``
(``path`` and ``key``). ``env`` are plain values, which tools see as they are.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, TypeAlias

from services.executor.clients import Client, ClientSlots
from services.executor.domain import Json
from services.executor.egress.audience import EVERYBODY, Audience
from services.executor.egress.bindings import header_of, rule_of
from services.executor.egress.broker import RunBroker
from services.executor.egress.call_fetches import Record
from services.executor.egress.environment import (
    PlainValue,
    both_problem,
    value_problem,
    values_problem,
)
from services.executor.egress.forms import Form
from services.executor.egress.host_models import RunModels
from services.executor.egress.placeholders import Placeholders
from services.executor.egress.ports import ExchangeFactory
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import Allowances, FetchRule, parse_rule
from services.executor.egress.secret_values import values_of
from services.executor.egress.secrets import (
    NAME,
    RunSecrets,
    SecretBinding,
    SecretSource,
)
from services.executor.errors import SetupError
from services.executor.limits import FETCHES_PER_CLIENT
from services.telemetry.current import current_span

MAX_GRANTS: Final = 10_000
SourceOf: TypeAlias = Callable[[str, Json], SecretSource]
"""Creates a source from its kind, such as ``environment``, and its argument."""


@dataclass(frozen=True)
class FetchGrant:
    """A rule, and who may use it."""

    rule: FetchRule
    audience: Audience = EVERYBODY


@dataclass(frozen=True)
class EgressPolicy:
    """The grants of a deployment; none by default.

    With ``bounds``, one of them must allow each request, too; None for no bounds.
    """

    grants: tuple[FetchGrant, ...] = ()
    secrets: tuple[SecretBinding, ...] = ()
    env: tuple[PlainValue, ...] = ()
    bounds: tuple[FetchRule, ...] | None = None

    def __post_init__(self) -> None:
        """Raise SetupError if a name is both a secret and a plain value of the same agents."""
        plain = {each.name for each in self.env}
        secret = [each for each in self.secrets if each.name in plain]
        for each in self.env if secret else ():
            for other in secret:
                if each.name == other.name and each.audience.overlaps(other.audience):
                    raise SetupError(both_problem([each.name], [each.name]))

    def values_for(self, agent: str, organisation: str) -> dict[str, str]:
        """Return the plain values that one agent gets; of equal names, the last one counts."""
        return {
            each.name: each.value
            for each in self.env
            if each.audience.includes(agent, organisation)
        }

    def rules_for(self, agent: str, organisation: str) -> tuple[FetchRule, ...]:
        """Return the rules of one agent."""
        return tuple(
            each.rule for each in self.grants if each.audience.includes(agent, organisation)
        )

    def secrets_for(self, agent: str, organisation: str) -> tuple[SecretBinding, ...]:
        """Return the secrets that one agent may use."""
        return tuple(each for each in self.secrets if each.audience.includes(agent, organisation))

    def gives_values(self, agent: str, organisation: str) -> bool:
        """Return whether an agent gets any variable of the environment."""
        return bool(self.values_for(agent, organisation) or self.secrets_for(agent, organisation))

    def grants_both_the_same(self, one: str, two: str, organisation: str) -> bool:
        """Return whether two agents of an organisation have the same grants."""
        return all(
            granted(one, organisation) == granted(two, organisation)
            for granted in (self.rules_for, self.secrets_for, self.values_for)
        )

    def joined(self, other: EgressPolicy) -> EgressPolicy:
        """Return the grants of both policies, which have no bounds."""
        return EgressPolicy(
            self.grants + other.grants, self.secrets + other.secrets, self.env + other.env
        )


@dataclass(frozen=True)
class Egress:
    """The egress of one executor.

    ``bounds`` are the limits of each run; ``exchanges`` creates the connections of one. All
    requests of a client's runs share ``slots``: each costs the event loop some milliseconds.
    ``key`` is the deployment's, from which placeholders are derived; they are random without.
    """

    exchanges: ExchangeFactory
    policy: EgressPolicy = field(default_factory=EgressPolicy)
    bounds: FetchBounds = field(default_factory=FetchBounds)
    slots: ClientSlots = field(default_factory=lambda: ClientSlots(FETCHES_PER_CLIENT))
    key: bytes | None = field(default=None, repr=False)

    @asynccontextmanager
    async def open(
        self,
        agent: str,
        organisation: str,
        narrowed: Sequence[str] | None,
        record: Record,
        client: Client,
        requests: int = 0,
        env: Mapping[str, str] | None = None,
        within: RunBroker | None = None,
        others: Iterable[str] = (),
        models: RunModels | None = None,
        run: tuple[str, ...] = (),
    ) -> AsyncIterator[RunBroker]:
        """Yield the broker of one run; leaving closes its connections.

        Args:
            agent: key of the agent.
            organisation: the organisation of the run. A secret without a usable value fails the
                requests to its hosts, not the run.
            narrowed: the run's own rules, one of which must allow a request too; None for no rules.
            record: is called with every request.
            client: the client of the run.
            requests: how many requests the run made before it was resumed.
            env: plain values of the run's own; those of the policy take precedence.
            within: the broker of the run's own agent, if this one is another agent's.
            others: keys of the agents that the run may call, which have grants of their own.
            models: asks models for the run's tools; None where they may not.
            run: the id of the run, and what else tells its brokers apart: those of the same have
                the same placeholders. By default they are random.

        Raises:
            SetupError: there are too many values.
        """
        lists = [self.policy.rules_for(agent, organisation)]
        if self.policy.bounds is not None:
            lists.append(self.policy.bounds)
        if narrowed is not None:
            lists.append(tuple(parse_rule(each) for each in narrowed))
        allowed = Allowances(tuple(lists))
        bindings = self.policy.secrets_for(agent, organisation)
        held = await values_of(bindings)
        exchange = self.exchanges(allowed, client)
        slot = partial(self.slots.slot, client)
        key = self.key if run else None
        secrets = RunSecrets(held, Placeholders(key, (*run, agent)))
        if (span := current_span()).takes_content:
            span.hide(agent, secrets.redactor_of_all().redacted_text)
        values = {**(env or {}), **self.policy.values_for(agent, organisation)}
        others_fetch = any(self.policy.rules_for(each, organisation) for each in others)
        broker = RunBroker(
            exchange,
            allowed,
            secrets,
            self.bounds,
            record,
            slot,
            requests,
            values,
            within,
            others_fetch,
            models,
        )
        try:
            if problem := values_problem(broker.env):
                raise SetupError(f"The environment of the agent cannot be given. {problem}")
            yield broker
        finally:
            await broker.close()


def grants_of(texts: Sequence[str]) -> tuple[FetchGrant, ...]:
    """Return grants of fetch rules to all agents; raises SetupError if one is malformed."""
    return tuple(FetchGrant(rule_of(text, "a fetch rule")) for text in texts)


def read_policy(document: str | bytes, source_of: SourceOf) -> EgressPolicy:
    """Parse a policy from a JSON document.

    Raises:
        SetupError: it is malformed; the message names the entry.
    """
    try:
        value = json.loads(document)
    except (ValueError, RecursionError):
        raise SetupError("The egress policy is not JSON.") from None
    if not isinstance(value, dict) or not set(value) <= {"fetch", "secrets", "env"}:
        raise SetupError(
            "The egress policy must be an object of `fetch`, `secrets` and `env` lists."
        )
    fetch = [_grant(*each) for each in _entries(value, "fetch", {"rule", "methods", "traces"})]
    kept = _entries(value, "secrets", {"name", "hosts", "header", "methods", "from", "like"})
    secrets = [_secret(where, entry, source_of) for where, entry in kept]
    plain = [_plain(*each) for each in _entries(value, "env", {"name", "value"})]
    return EgressPolicy(tuple(fetch), tuple(secrets), tuple(plain))


def _entries(
    document: Mapping[str, Json], name: str, own: set[str]
) -> list[tuple[str, Mapping[str, Json]]]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or len(entries) > MAX_GRANTS:
        raise SetupError(f"The egress policy's `{name}` must list at most {MAX_GRANTS} entries.")
    known = own | {"agents", "organisations"}
    checked: list[tuple[str, Mapping[str, Json]]] = []
    for at, entry in enumerate(entries):
        where = f"{name}[{at}]"
        if not isinstance(entry, dict):
            raise SetupError(f"The egress policy's {where} must be an object.")
        unknown = sorted(set(entry) - known)
        if unknown:
            raise SetupError(
                f"The egress policy's {where} has the unknown field {unknown[0][:40]!r}; "
                f"valid are: {', '.join(sorted(known))}."
            )
        checked.append((where, entry))
    return checked


def _grant(where: str, entry: Mapping[str, Json]) -> FetchGrant:
    methods = _texts(where, entry, "methods") or ()
    rule = rule_of(_text(where, entry, "rule"), f"the egress policy's {where}", methods)
    traced = entry.get("traces", False)
    if not isinstance(traced, bool):
        raise SetupError(f"The egress policy's {where}.traces must be true or false.")
    return FetchGrant(replace(rule, traced=traced), _audience(where, entry))


def _plain(where: str, entry: Mapping[str, Json]) -> PlainValue:
    name, value = _text(where, entry, "name"), _text(where, entry, "value")
    if problem := value_problem(name, value):
        raise SetupError(f"The egress policy's {where} cannot be used: {problem}")
    return PlainValue(name, value, _audience(where, entry))


def _audience(where: str, entry: Mapping[str, Json]) -> Audience:
    return Audience(_names(where, entry, "agents"), _names(where, entry, "organisations"))


def _secret(where: str, entry: Mapping[str, Json], source_of: SourceOf) -> SecretBinding:
    name = _text(where, entry, "name")
    if not NAME.fullmatch(name):
        raise SetupError(f"The egress policy's {where}.name may have only letters, digits and _.")
    hosts = _texts(where, entry, "hosts")
    if not hosts:
        raise SetupError(f"The egress policy's {where}.hosts must name the hosts that may see it.")
    source = entry.get("from", {"environment": name})
    if not isinstance(source, dict) or len(source) != 1:
        raise SetupError(
            f"The egress policy's {where}.from must be one of environment, file, folder, "
            "command and vault."
        )
    kind, argument = next(iter(source.items()))
    methods = _texts(where, entry, "methods") or ()
    header = ""
    if entry.get("header") is not None:
        header = header_of(_text(where, entry, "header"), f"the egress policy's {where}")
    return SecretBinding(
        name,
        tuple(rule_of(host, f"the egress policy's {where}.hosts", methods) for host in hosts),
        source_of(kind, argument),
        _audience(where, entry),
        header,
        Form(name, _text(where, entry, "like")) if entry.get("like") is not None else None,
    )


def _text(where: str, entry: Mapping[str, Json], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        raise SetupError(f"The egress policy's {where}.{name} must be a string.")
    return value


def _texts(where: str, entry: Mapping[str, Json], name: str) -> tuple[str, ...] | None:
    value = entry.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise SetupError(f"The egress policy's {where}.{name} must be a list of strings.")
    return tuple(str(each) for each in value)


def _names(where: str, entry: Mapping[str, Json], name: str) -> frozenset[str] | None:
    texts = _texts(where, entry, name)
    return None if texts is None else frozenset(texts)
