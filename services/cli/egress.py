"""The checked ``--allow-fetch``, ``--secret`` and ``--env`` options, and one call's broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from services.cli.errors import UsageError
from services.executor.adapters.secret_sources import EnvironmentSecrets
from services.executor.clients import OWN_PROCESS, Client
from services.executor.domain import JsonObject
from services.executor.egress.bindings import bindings_of
from services.executor.egress.broker import RunBroker
from services.executor.egress.call_fetches import Record
from services.executor.egress.environment import (
    both_problem,
    strings_of,
    value_problem,
    values_problem,
)
from services.executor.egress.host_models import RunModels
from services.executor.egress.policy import Egress, EgressPolicy, grants_of
from services.executor.egress.ports import ExchangeFactory, HttpExchange
from services.executor.egress.rules import Allowances
from services.executor.egress.secrets import SecretBinding, check_value
from services.executor.errors import SetupError
from services.executor.events import ToolRequest
from services.executor.settings import environment_value

_EXCHANGE: Final = "services.executor.adapters.http.exchange"
"""Imported when used, so that a command says which extra is missing before its packages are."""


def _names(bound: Sequence[SecretBinding]) -> Iterable[str]:
    return dict.fromkeys(each.name for each in bound)


def _problem(name: str) -> str:
    """Return why a secret's variable cannot be used, "" if it can."""
    value = environment_value(name)
    if not value:
        return (
            f"--secret {name}: the environment variable {name} is not set. "
            "It must hold the secret's value."
        )
    try:
        check_value(name, value)
    except SetupError as error:
        return f"--secret {name}: {error.message}"
    return ""


def connections(allowed: Allowances, _: Client) -> HttpExchange:
    """Return the connections for the fetches of one call."""
    made: HttpExchange = import_module(_EXCHANGE).HttpConnections(allowed)
    return made


@dataclass(frozen=True)
class EgressOptions:
    """Fetch rules, secrets as ``bindings`` reads them, and plain values.

    Values of secrets, and of plain values without one, are in this environment.
    """

    rules: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    env: tuple[str, ...] = ()

    def values(self) -> dict[str, str]:
        """Return the plain values.

        Raises:
            UsageError: one is malformed, too large, also a secret, or its variable is not set.
        """
        values: dict[str, str] = {}
        problems: list[str] = []
        for text in self.env:
            name, separator, value = text.partition("=")
            found = value if separator else environment_value(name)
            if found is None:
                problem = (
                    f"the environment variable {name[:60]} is not set. Set it, or write "
                    f"--env {name[:60]}=VALUE."
                )
            elif name in values and values[name] != found:
                problem = f"{name[:60]} is given two values."
            else:
                problem = value_problem(name, found)
                values[name] = found
            if problem:
                problems.append(f"--env: {problem}")
        if not problems and (problem := values_problem(values)):
            problems.append(f"--env: {problem}")
        secrets = {text.partition("@")[0] for text in self.secrets}
        if not problems and (problem := both_problem(values, secrets)):
            problems.append(problem)
        if problems:
            raise UsageError("\n".join(problems))
        return values

    def policy(self) -> EgressPolicy:
        """Return them as a policy.

        Raises:
            UsageError: one is malformed, or a secret's variable is not set.
        """
        try:
            bound = bindings_of(self.secrets, EnvironmentSecrets(environment_value))
            policy = EgressPolicy(grants_of(self.rules), bound)
        except SetupError as error:
            raise UsageError(error.message) from None
        problems = [problem for name in _names(bound) if (problem := _problem(name))]
        if problems:
            raise UsageError("\n".join(problems))
        return policy

    def executor_settings(self) -> dict[str, str]:
        """Return the settings that give a private executor the same policy."""
        wanted = {
            "CAISSON_EXECUTOR_ALLOW_FETCH": " ".join(self.rules),
            "CAISSON_EXECUTOR_SECRETS": " ".join(self.secrets),
        }
        return {name: value for name, value in wanted.items() if value}

    async def environment(self, context: JsonObject) -> dict[str, str]:
        """Return what a bundle sees in its environment, for a load that can fetch nothing.

        Raises:
            UsageError: a secret's value cannot be used.
        """

        async def unrecorded(_: ToolRequest) -> None:
            raise AssertionError("nothing is fetched by this broker")

        async with self.open("", unrecorded, connections, context) as broker:
            return dict(broker.env)

    @asynccontextmanager
    async def open(
        self,
        agent: str,
        record: Record,
        exchanges: ExchangeFactory,
        context: JsonObject | None = None,
        models: RunModels | None = None,
    ) -> AsyncIterator[RunBroker]:
        """Yield the broker of one tool call, which sends requests through ``exchanges``.

        The call's environment has the plain values, those of ``context``, and the secrets. Its
        queries to models go to ``models``.

        Raises:
            UsageError: a secret's value cannot be used.
        """
        egress = Egress(exchanges, self.policy())
        env = {**strings_of(context or {}), **self.values()}
        opened = egress.open(agent, "", None, record, OWN_PROCESS, env=env, models=models)
        try:
            async with opened as broker:
                yield broker
        except SetupError as error:
            raise UsageError(error.message) from None


NO_EGRESS: Final = EgressOptions()
