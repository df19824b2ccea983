"""The checked ``--allow-fetch`` and ``--secret`` options, and the broker of one tool call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.cli.errors import UsageError
from services.executor.adapters.secret_sources import EnvironmentSecrets
from services.executor.clients import OWN_PROCESS
from services.executor.egress.bindings import bindings_of
from services.executor.egress.broker import Record, RunBroker
from services.executor.egress.policy import Egress, EgressPolicy, grants_of
from services.executor.egress.ports import ExchangeFactory
from services.executor.egress.secrets import SecretBinding, check_value
from services.executor.errors import SetupError
from services.executor.settings import environment_value


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


@dataclass(frozen=True)
class EgressOptions:
    """Fetch rules, and secrets as ``bindings`` reads them; their values are in this environment."""

    rules: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()

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

    @asynccontextmanager
    async def open(
        self, agent: str, record: Record, exchanges: ExchangeFactory
    ) -> AsyncIterator[RunBroker]:
        """Yield the broker of one tool call, which sends requests through ``exchanges``.

        Raises:
            UsageError: a secret's value cannot be used.
        """
        egress = Egress(exchanges, self.policy())
        try:
            async with egress.open(agent, "", None, record, OWN_PROCESS) as broker:
                yield broker
        except SetupError as error:
            raise UsageError(error.message) from None
