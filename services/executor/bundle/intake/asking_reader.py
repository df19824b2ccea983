"""Asks the sandbox for the schemas that cannot be read from a bundle's source.

A bundle reader on top of another one. The executor runs no bundle code: the toolrunner loads the
bundle under its load limits, without any capability, and returns one schema per tool. Its answers
are checked like any bundle's schemas, marked SANDBOX in the manifest, and kept with the digest.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from services.executor.bundle.manifest.manifest_json import memory_size
from services.executor.bundle.ports import BundleReader, ManifestCache, SchemaAnswer, SchemaAsker
from services.executor.bundle.schema.answers import (
    UncheckedSchemaError,
    parses_inputs,
    schema_of_answer,
)
from services.executor.bundle.schema.model import UnreadableSchemaError
from services.executor.clients import Client
from services.executor.domain import (
    Bundle,
    BundleSource,
    Diagnostic,
    JsonObject,
    Manifest,
    SchemaSource,
    Severity,
    ToolSpec,
    UnreadSchema,
)
from services.executor.schemas.ports import SchemaProcesses
from services.executor.side_thread import SIDE

MAX_ASKED = 200
MAX_KEPT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Question:
    """A tool whose schema could not be read, and why."""

    agent: str
    tool: str
    unread: UnreadSchema


def questions(manifest: Manifest) -> list[Question]:
    """Return the tools that are disabled only because of their schema, at most 200."""
    found = (
        Question(agent.key, tool.key, tool.unread_schema)
        for agent in manifest.agents.values()
        for tool in agent.tools.values()
        if tool.unread_schema is not None
    )
    return list(itertools.islice(found, MAX_ASKED))


class AskingBundleReader:
    """Reads bundles with another reader, and asks the sandbox for the schemas it could not read.

    Args:
        reader: reads bundles; closed with this one.
        asker: asks the sandbox; closed with this one.
        cache: keeps the manifests that include answers, apart from those without.
        schemas: compile its answers; not closed with this one.
    """

    def __init__(
        self,
        reader: BundleReader,
        asker: SchemaAsker,
        cache: ManifestCache,
        schemas: SchemaProcesses,
    ) -> None:
        self._reader = reader
        self._asker = asker
        self._cache = cache
        self._schemas = schemas
        self._kept: OrderedDict[str, tuple[Manifest, int]] = OrderedDict()
        self._kept_bytes = 0
        self._asking: dict[str, asyncio.Lock] = {}

    def __repr__(self) -> str:
        """Show how much is kept."""
        return f"AskingBundleReader({self._reader!r}, kept={len(self._kept)})"

    async def read(self, source: BundleSource, client: Client) -> Bundle:
        """Return a bundle; see ``BundleReader.read``. An unreachable sandbox disables no bundle."""
        bundle = await self._reader.read(source, client)
        asked = questions(bundle.manifest)
        if not asked:
            return bundle
        digest = bundle.manifest.digest
        lock = self._asking.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                manifest = await self._known(digest, len(bundle.program.source))
                if manifest is None:
                    manifest = await self._answered(bundle, asked, client)
        finally:
            if not lock.locked():
                self._asking.pop(digest, None)
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
        self, bundle: Bundle, asked: Sequence[Question], client: Client
    ) -> Manifest:
        tools = [(question.agent, question.tool) for question in asked]
        said = await self._asker.ask(bundle.program, tools, client)
        answers = [await _checked(answer, self._schemas, client) for answer in said]
        size = len(bundle.program.source)
        manifest = await SIDE.run(size, partial(with_answers, bundle.manifest, asked, answers))
        if all(answer.is_final for answer in answers):
            await SIDE.run(size, partial(self._cache.put, manifest))
            await self._keep(manifest, size)
        return manifest

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


@dataclass(frozen=True)
class _Told:
    """A checked answer: a schema, or why there is none."""

    schema: JsonObject | None = None
    notes: tuple[str, ...] = ()
    parses: bool = False
    failure: str = ""
    is_final: bool = True


async def _checked(answer: SchemaAnswer, schemas: SchemaProcesses, client: Client) -> _Told:
    if answer.failure is not None:
        return _Told(failure=answer.failure, is_final=answer.is_final)
    try:
        schema, notes = await schema_of_answer(answer.text, schemas, client)
    except UnreadableSchemaError as error:
        failure = f"the sandbox was asked, but {error.reason}"
        return _Told(failure=failure, is_final=not isinstance(error, UncheckedSchemaError))
    return _Told(schema, notes, await asyncio.to_thread(parses_inputs, answer.text))


def with_answers(
    manifest: Manifest, asked: Sequence[Question], answers: Sequence[_Told]
) -> Manifest:
    """Return a manifest with the sandbox's answers; its diagnostics say so for each tool."""
    agents = dict(manifest.agents)
    said: dict[Diagnostic, list[Diagnostic]] = {}
    for question, answer in zip(asked, answers, strict=True):
        agent = agents[question.agent]
        tool, told = _told(agent.tools[question.tool], question.unread, answer)
        agents[question.agent] = replace(agent, tools={**agent.tools, question.tool: tool})
        said[question.unread.diagnostic()] = told
    diagnostics = (more for each in manifest.diagnostics for more in said.get(each, [each]))
    return replace(manifest, agents=agents, diagnostics=tuple(diagnostics))


def _told(tool: ToolSpec, unread: UnreadSchema, answer: _Told) -> tuple[ToolSpec, list[Diagnostic]]:
    """Return the tool with its answer, and the diagnostics that replace its error."""
    if answer.schema is None:
        return tool, [unread.diagnostic(answer.failure)]
    reason = f"{unread.reason}; the schema is the sandbox's word"
    info = replace(unread.diagnostic(), severity=Severity.INFO, reason=reason)
    more = [replace(info, severity=Severity.WARNING, reason=note) for note in answer.notes]
    enabled = replace(
        tool,
        input_schema=answer.schema,
        schema_source=SchemaSource.SANDBOX,
        parses_input=answer.parses,
        disabled=False,
        unread_schema=None,
    )
    return enabled, [info, *more]
