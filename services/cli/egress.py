"""What ``--allow-fetch`` and ``--secret`` say, checked, and the way out of a single tool call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.cli.errors import UsageError
from services.executor.adapters.secret_sources import EnvironmentSecrets
from services.executor.clients import OWN_PROCESS
from services.executor.egress.bindings import bindings_of
from services.executor.egress.broker import Record, RunBroker
from services.executor.egress.policy import Egress, EgressPolicy, grants_of
from services.executor.egress.ports import ExchangeFactory
from services.executor.errors import SetupError
from services.executor.settings import environment_value


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
        for binding in bound:
            if not environment_value(binding.name):
                raise UsageError(
                    f"--secret {binding.name}: the environment variable {binding.name} is not set; "
                    "it holds the value."
                )
        return policy

    def executor_settings(self) -> dict[str, str]:
        """Return the variables that give an executor of this command the same policy."""
        wanted = {
            "CAISSON_EXECUTOR_ALLOW_FETCH": " ".join(self.rules),
            "CAISSON_EXECUTOR_SECRETS": " ".join(self.secrets),
        }
        return {name: value for name, value in wanted.items() if value}

    @asynccontextmanager
    async def open(
        self, agent: str, record: Record, exchanges: ExchangeFactory
    ) -> AsyncIterator[RunBroker]:
        """Yield the broker of one tool call, which goes out by ``exchanges``.

        Raises:
            UsageError: a secret's value cannot be used.
        """
        egress = Egress(exchanges, self.policy())
        try:
            async with egress.open(agent, "", None, record, OWN_PROCESS) as broker:
                yield broker
        except SetupError as error:
            raise UsageError(error.message) from None
