"""The cost of checking a tool's input: inline, in a process, and with the library alone."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable

import jsonschema_rs

from bench.report import milliseconds, progress, report
from services.executor.adapters.schema_pool import SchemaPool
from services.executor.clients import OWN_PROCESS
from services.executor.domain import JsonObject
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {
        "query": {"type": "string", "minLength": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["query"],
    "additionalProperties": False,
}
TEXT = json.dumps({"query": "weather in Oslo", "limit": 10, "tags": ["a", "b", "c"]})
LARGE = json.dumps({"query": "x", "tags": ["a tag of some length"] * 4000})
SETS = 50


async def measure(checks: int) -> None:
    """Report the milliseconds of one check each way, and the ratio of ours to the library's."""
    progress("checking inputs by schemas")
    pool = SchemaPool(1, timeout_s=60.0)
    try:
        check = SchemaCheck(SCHEMA, pool)
        validator = jsonschema_rs.Draft202012Validator(SCHEMA)

        async def ours(text: str = TEXT) -> None:
            checked = await check.check(text, "input", OWN_PROCESS)
            assert checked.outcome is Outcome.FITS

        async def alone() -> None:
            value = json.loads(TEXT)
            json.dumps(value, separators=(",", ":"))
            assert not list(validator.iter_errors(value))

        async def process() -> None:
            checked = await pool.check(json.dumps(SCHEMA).encode(), TEXT, "input", OWN_PROCESS)
            assert checked.outcome is Outcome.FITS

        began = time.perf_counter()
        await process()
        report({"measure": "schema-process-start", **milliseconds([time.perf_counter() - began])})
        direct = await _timed(alone, checks, of=SETS)
        inline = await _timed(ours, checks, of=SETS)
        ratio = {"toLibrary": round(min(inline) / min(direct), 2)}
        report({"measure": "schema-check-library", **milliseconds(direct)})
        report({"measure": "schema-check-inline", **milliseconds(inline), **ratio})
        report({"measure": "schema-check-process", **milliseconds(await _timed(process, checks))})
        large = await _timed(lambda: ours(LARGE), max(10, checks // 20))
        report({"measure": "schema-check-large", "bytes": len(LARGE), **milliseconds(large)})
    finally:
        await pool.close()


async def _timed(work: Callable[[], Awaitable[None]], times: int, of: int = 1) -> list[float]:
    """Return the seconds of each of ``times``, each the mean of ``of``."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        for _ in range(of):
            await work()
        found.append((time.perf_counter() - began) / of)
        await asyncio.sleep(0)
    return found
