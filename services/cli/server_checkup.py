"""The checks of ``caisson doctor --server``, of an executor that runs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from importlib.metadata import version

import grpc

from services.cli.access import access_of
from services.cli.checkup import Check
from services.cli.client.clients import open_channel, refusals_told
from services.cli.client.server_wire import SERVING, ServerInfo, health_of, info_of
from services.cli.domain import MIB
from services.cli.errors import CliError

EXECUTOR_SERVICE = "caisson.executor.v1.ExecutorService"
TOOLRUNNER_PREFIX = "caisson.toolrunner."
CONNECTION, CREDENTIAL, VERSION = "connection", "credential", "version"
NOT_SERVING = (
    "it takes no work now. Its log says why, and so does /readyz of its admin port "
    "(CAISSON_EXECUTOR_ADMIN_ADDRESS)"
)
A_TOOLRUNNER = (
    "that is a toolrunner, which only executors use. Give the executor's address, which `caisson "
    "serve` prints"
)
NO_EXECUTOR = "it speaks gRPC, and has no service of a Caisson executor. Check the address"


async def server_checks(address: str) -> AsyncIterator[Check]:
    """Yield each check of the executor at an address; those that need a failed one are left out."""
    began = time.perf_counter()
    try:
        async with open_channel(address) as channel:
            health = await health_of(channel)
            took_ms = (time.perf_counter() - began) * 1000
            yield Check(CONNECTION, True, f"{_way(address)}, answered in {took_ms:.0f} ms")
            for each in health_checks(health):
                yield each
            if EXECUTOR_SERVICE in health:
                for each in await _identity_checks(channel, address):
                    yield each
    except CliError as error:
        yield Check(CONNECTION, False, told(error))


def health_checks(health: Mapping[str, str]) -> list[Check]:
    """Return a check for each service."""
    if EXECUTOR_SERVICE not in health:
        is_toolrunner = any(name.startswith(TOOLRUNNER_PREFIX) for name in health)
        return [Check("executor", False, A_TOOLRUNNER if is_toolrunner else NO_EXECUTOR)]
    checks = []
    for name, state in health.items():
        shown = f"health {name.rpartition('.')[2]}" if name else "health"
        serves = state == SERVING
        checks.append(Check(shown, serves, state if serves else f"{state}: {NOT_SERVING}"))
    return checks


async def _identity_checks(channel: grpc.aio.Channel, address: str) -> list[Check]:
    has_key = bool(access_of(address).api_key)
    try:
        with refusals_told(address):
            info = await info_of(channel)
    except CliError as error:
        return [Check(CREDENTIAL, False, told(error))]
    accepted = "the API key is taken" if has_key else "none is sent, and none is needed"
    return [Check(CREDENTIAL, True, accepted), version_check(info.version), limits_check(info)]


def version_check(server: str) -> Check:
    """Compare the executor's version with this command's."""
    own = version("caisson")
    if server == own:
        return Check(VERSION, True, f"{server}, as this command")
    advice = "what the older one lacks is refused or left out; install the same on both sides"
    return Check(VERSION, None, f"the executor has {server}, this command {own}: {advice}")


def limits_check(info: ServerInfo) -> Check:
    """Show the limits of requests."""
    sizes = f"bundles up to {info.bundle_bytes // MIB} MiB"
    requests = f"requests up to {info.request_bytes // MIB} MiB"
    return Check("limits", None, f"{sizes}, {requests}, a heartbeat each {info.heartbeat_s:g} s")


def told(error: CliError) -> str:
    """Return an error and what to do about it, on one line."""
    return " ".join([error.message, *error.hints])


def _way(address: str) -> str:
    return "over TLS" if access_of(address).files is not None else "in plain text"
