"""Reads bundles, and asks the sandbox for what cannot be read from their source."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from services.executor.agent_parts import ValueSource
from services.executor.bundle.intake.agent_answers import UntoldPartError, answered
from services.executor.bundle.intake.answered_schemas import AnsweredSchemas
from services.executor.bundle.intake.questions import (
    PartsQuestion,
    SchemaQuestion,
    ToldSchema,
    of_parts,
    of_schemas,
    with_agent,
    with_schemas,
    without,
    without_asking,
)
from services.executor.bundle.manifest.manifest_json import memory_size
from services.executor.bundle.ports import (
    BundleReader,
    ManifestCache,
    SandboxAnswer,
    SandboxAsker,
    SandboxQuestion,
)
from services.executor.bundle.schema.answers import UncheckedSchemaError
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.bundle.syntax.diagnostics import MAX_REASON
from services.executor.clients import Client
from services.executor.domain import Bundle, BundleSource, Diagnostic, Manifest, Severity
from services.executor.schemas.ports import SchemaProcesses
from services.executor.side_thread import SIDE

MAX_KEPT_BYTES = 64 * 1024 * 1024
TWICE = 2


class AskingBundleReader:
    """Reads bundles with another reader, and asks the sandbox once a program for what it lacks.

    That is the schemas of tools, and the parts of agents that are the same in every run. Parts
    that may differ from run to run stay unknown; ``resolved`` asks for those in one context.

    Args:
        reader: reads bundles; closed with this one.
        asker: asks the sandbox; closed with this one.
        cache: keeps the manifests that include answers, apart from those without.
        schemas: compile its answers; not closed with this one.
    """

    def __init__(
        self,
        reader: BundleReader,
        asker: SandboxAsker,
        cache: ManifestCache,
        schemas: SchemaProcesses,
    ) -> None:
        self._reader = reader
        self._asker = asker
        self._cache = cache
        self._schemas = AnsweredSchemas(schemas)
        self._kept: OrderedDict[str, tuple[Manifest, int]] = OrderedDict()
        self._kept_bytes = 0
        self._asking: dict[str, asyncio.Lock] = {}

    def __repr__(self) -> str:
        """Show how much is kept."""
        return f"AskingBundleReader({self._reader!r}, kept={len(self._kept)})"

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return a bundle; see ``BundleReader.read``. An unreachable sandbox disables no bundle."""
        bundle = await self._reader.read(source, client)
        schemas, parts = of_schemas(bundle.manifest), of_parts(bundle.manifest, ValueSource.SANDBOX)
        if not schemas and not parts:
            return bundle
        digest = bundle.manifest.digest
        lock = self._asking.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                manifest = await self._known(digest, len(bundle.program.source))
                if manifest is None:
                    manifest = await self._answered(bundle, schemas, parts, client)
        finally:
            if not lock.locked():
                self._asking.pop(digest, None)
        return replace(bundle, manifest=manifest)

    async def resolved(
        self,
        source: BundleSource,
        context_json: str,
        client: Client,
        env: Mapping[str, str] | None = None,
    ) -> Bundle:
        """Return a bundle whose agents are known for one context, a JSON object or empty.

        ``env`` is the environment that a run would have; there is none by default. An agent that
        cannot be known is disabled, with a diagnostic that says why. What fails while the bundle
        loads is told in diagnostics too.
        """
        bundle = await self.read(source, client)
        manifest, asked = bundle.manifest, of_parts(bundle.manifest)
        fresh = any(each.from_clock for question in asked for each in question.asked)
        questions = [question.in_context(context_json) for question in asked]
        said = await self._asker.ask(bundle.program, questions, client, fresh=fresh, env=env)
        for question, answer in zip(asked, said, strict=True):
            manifest = await self._with_parts(manifest, question, answer, client)
        faults = await self._asker.faults_at_load(bundle.program, client, env=env)
        told = tuple(Diagnostic(Severity.WARNING, "", text[:MAX_REASON]) for text in faults)
        manifest = replace(manifest, diagnostics=(*manifest.diagnostics, *told))
        return replace(bundle, manifest=manifest)

    async def close(self) -> None:
        """Close the reader and the asker; idempotent."""
        await self._asker.close()
        await self._reader.close()

    async def _known(self, digest: str, size: int) -> Manifest | None:
        if digest not in self._kept:
            found = await SIDE.run(size, partial(self._cache.get, digest))
            if found is None:
                return None
            await self._keep(found, size)
            return found
        self._kept.move_to_end(digest)
        return self._kept[digest][0]

    async def _answered(
        self,
        bundle: Bundle,
        schemas: Sequence[SchemaQuestion],
        parts: Sequence[PartsQuestion],
        client: Client,
    ) -> Manifest:
        """Ask everything at once, and for parts of agents twice: they must be the same again."""
        of_agents = [question.in_context("") for question in parts]
        questions = [SandboxQuestion(each.agent, each.tool) for each in schemas]
        said = await self._asker.ask(bundle.program, questions + of_agents * TWICE, client)
        told = [await self._checked(answer, client) for answer in said[: len(schemas)]]
        size = len(bundle.program.source)
        manifest = await SIDE.run(size, partial(with_schemas, bundle.manifest, schemas, told))
        once, again = said[len(schemas) :][: len(parts)], said[len(schemas) + len(parts) :]
        for question, first, second in zip(parts, once, again, strict=True):
            if not (first.is_final and second.is_final):
                continue  # each run asks for it
            if not first.not_loaded and first == second:
                manifest = await self._with_parts(manifest, question, first, client)
            else:
                changed = question.asked_in_each_run()
                manifest = with_agent(manifest, question, changed(manifest.agents[question.agent]))
        if all(each.is_final for each in said) and all(each.is_final for each in told):
            await SIDE.run(size, partial(self._cache.put, manifest))
            await self._keep(manifest, size)
        return manifest

    async def _with_parts(
        self, manifest: Manifest, question: PartsQuestion, answer: SandboxAnswer, client: Client
    ) -> Manifest:
        if answer.failure is not None:
            return without(manifest, question, answer.failure)
        agent = manifest.agents[question.agent]
        try:
            found = await answered(agent, question.asked, answer.text, self._schemas, client)
        except UntoldPartError as error:
            why = f"the sandbox was asked for its {error.part.value}, but {error}"
            return without(manifest, question, why)
        return with_agent(manifest, question, found.agent, found.diagnostics)

    async def _checked(self, answer: SandboxAnswer, client: Client) -> ToldSchema:
        if answer.failure is not None:
            return ToldSchema(failure=answer.failure, not_loaded=answer.not_loaded)
        try:
            return ToldSchema(await self._schemas.read(answer.text, client))
        except UncheckedSchemaError as error:
            return ToldSchema(failure=f"the sandbox was asked, but {error.reason}", is_final=False)
        except UnreadableSchemaError as error:
            return ToldSchema(failure=f"the sandbox was asked, but {error.reason}")

    async def _keep(self, manifest: Manifest, source_bytes: int) -> None:
        """Keep a manifest in memory, dropping the least recently used until the bytes fit."""
        size = await SIDE.run(source_bytes, partial(memory_size, manifest))
        if manifest.digest in self._kept:
            return
        self._kept[manifest.digest] = manifest, size
        self._kept_bytes += size
        while self._kept_bytes > MAX_KEPT_BYTES:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._kept_bytes -= dropped


class StaticBundleReader:
    """Reads bundles with another reader, where the sandbox must not be asked about any.

    An agent that only running its bundle tells is disabled.

    Args:
        reader: reads bundles; closed with this one.
    """

    def __init__(self, reader: BundleReader) -> None:
        self._reader = reader

    def __repr__(self) -> str:
        """Show the reader."""
        return f"StaticBundleReader({self._reader!r})"

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return a bundle; see ``BundleReader.read``."""
        bundle = await self._reader.read(source, client)
        return replace(bundle, manifest=without_asking(bundle.manifest))

    async def close(self) -> None:
        """Close the reader; idempotent."""
        await self._reader.close()
