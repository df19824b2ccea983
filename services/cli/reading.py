"""Reads a bundle as the executor would, in a process that can be killed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from services.cli.client.refusals import CALLERS_REASONS
from services.cli.egress import NO_EGRESS, EgressOptions
from services.cli.errors import CliError, RefusedError
from services.cli.hosting import Child, private_toolrunner, started
from services.cli.inputs import NamedBundle
from services.cli.service_settings import settings_of_both
from services.executor.adapters.bundle_open import BundleReading, asking, open_bundle_reader
from services.executor.adapters.schema_pool import SchemaPool
from services.executor.bundle.intake.questions import has_questions
from services.executor.clients import OWN_PROCESS
from services.executor.domain import (
    Bundle,
    BundleSource,
    InlineBundle,
    JsonObject,
    UrlBundle,
)
from services.executor.egress.policy import grants_of
from services.executor.egress.rules import BundleHosts
from services.executor.errors import ExecutorError
from services.executor.settings import Settings

# It is asked one thing after the other.
ONE_WORKER = {"CAISSON_TOOLRUNNER_WORKERS": "1"}


async def read(
    named: NamedBundle,
    *,
    asks: bool = False,
    context: JsonObject | None = None,
    egress: EgressOptions = NO_EGRESS,
    runner: Child | None = None,
) -> Bundle:
    """Fetch and read a bundle; the parser's process is ended before this returns.

    Args:
        named: the bundle.
        asks: ask the sandbox for what cannot be read from source, as an executor does once a
            program.
        context: ask also for what differs from run to run, in this context; None does not.
        egress: the secrets and plain values that the bundle sees while it is asked for that.
        runner: the toolrunner to ask once it has started, for a call that will load the bundle;
            None for one of this call's own, which tells with a context what fails at load.

    Raises:
        CliError: it cannot be fetched or read; exit status 2 if that is the bundle's fault.
    """
    settings, _ = settings_of_both()
    reading = reading_of(settings)
    reader = open_bundle_reader(reading)
    source: BundleSource = (
        UrlBundle(named.url) if named.source is None else InlineBundle(named.source)
    )
    try:
        bundle = await reader.read(source, OWN_PROCESS)
        loads = context is not None and runner is None
        if not loads and not ((asks or context is not None) and has_questions(bundle.manifest)):
            return bundle
        async with AsyncExitStack() as stack:
            if runner is None:
                runner = await stack.enter_async_context(private_toolrunner(ONE_WORKER))
            await started(runner)
            schemas = await stack.enter_async_context(private_schemas(settings))
            asked = asking(reader, reading, runner.address, schemas)
            stack.push_async_callback(asked.close)
            if context is None:
                return await asked.read(source, OWN_PROCESS)
            env = await egress.environment(context)
            return await asked.resolved(source, json.dumps(context), OWN_PROCESS, env)
    except ExecutorError as error:
        raise unreadable(error) from None
    finally:
        await reader.close()


@asynccontextmanager
async def private_schemas(settings: Settings) -> AsyncIterator[SchemaPool]:
    """Yield a schema pool with the executor's settings; its processes end on leaving."""
    schemas = SchemaPool(1, settings.schema_timeout_s, settings.schema_memory_bytes)
    try:
        yield schemas
    finally:
        await schemas.close()


def reading_of(settings: Settings) -> BundleReading:
    """Return the executor's settings for reading bundles, one at a time."""
    return BundleReading(
        cache_dir=Path(settings.cache_dir) if settings.cache_dir else None,
        max_bundle_bytes=settings.bundle_bytes,
        fetch_timeout_s=settings.bundle_fetch_timeout_s,
        max_redirects=settings.bundle_fetch_redirects,
        hosts=BundleHosts(
            rules=tuple(grant.rule for grant in grants_of(settings.bundle_fetch_hosts)),
            loopback=True,
        ),
        tls_certificates=settings.tls_certificates,
        parse_timeout_s=settings.parse_timeout_s,
        parse_memory_bytes=settings.parse_memory_bytes,
    )


def unreadable(error: ExecutorError) -> CliError:
    """Return the error for a bundle that cannot be read."""
    hints = tuple(each.description for each in error.violations)
    fault = error.reason in CALLERS_REASONS
    return RefusedError(error.message, hints, reason=error.reason, callers_fault=fault)
