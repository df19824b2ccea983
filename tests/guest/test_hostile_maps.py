"""The bundle controls its source map: whatever it contains, the failure is unchanged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.toolrunner.domain import MIB, FailureKind, Limits, ToolFailure
from tests.guest.mapped import (
    COMMENT,
    THROWER,
    THROWN_AT,
    comment,
    sections,
    segment,
    thrower_from,
)
from tests.guest.sandboxed import Sandbox

GOOD = {"version": 3, "sources": ["src/a.ts"], "mappings": ";;" + segment(0, 0, 1, 1)}
MAPS: dict[str, object] = {
    "null": None,
    "number": 1,
    "list": [GOOD],
    "empty": {},
    "no mappings": {"version": 3, "sources": ["a.ts"]},
    "mappings of a number": GOOD | {"mappings": 5},
    "mappings of a list": GOOD | {"mappings": ["AAAA"]},
    "sources of a text": GOOD | {"sources": "a.ts"},
    "sources of an object": GOOD | {"sources": {"0": "a.ts"}},
    "a source of null": GOOD | {"sources": [None]},
    "a source of an object": GOOD | {"sources": [{"toString": "a.ts"}]},
    "no sources": GOOD | {"sources": []},
    "a source out of range": GOOD | {"mappings": ";;" + segment(0, 7, 1, 1)},
    "a negative source": GOOD | {"mappings": ";;" + segment(0, -1, 1, 1)},
    "a negative line": GOOD | {"mappings": ";;" + segment(0, 0, -5, 1)},
    "a negative column": GOOD | {"mappings": ";;" + segment(0, 0, 1, -5)},
    "a huge line": GOOD | {"mappings": ";;" + "".join([segment(0, 0, 2**30, 0) + ","] * 3)},
    "a number without an end": GOOD | {"mappings": ";;gggggggggggggggggggggggg"},
    "a number too large": GOOD | {"mappings": ";;" + segment(0, 2**40, 1, 1)},
    "another alphabet": GOOD | {"mappings": ";;AA!A"},
    "wide characters": GOOD | {"mappings": ";;ÀÀÀ\u1234"},
    "segments of two": GOOD | {"mappings": ";;AA"},
    "sections of a number": GOOD | {"sections": 1},
    "no sections": GOOD | {"sections": []},
    "a section of null": {"version": 3, "sections": [None]},
    "a section without an offset": {"version": 3, "sections": [{"map": GOOD}]},
    "a section at a text": sections(("0", 0, GOOD)),
    "a section at a fraction": sections((0.5, 0, GOOD)),
    "a section before the program": sections((-1, 0, GOOD)),
    "a section far away": sections((2**40, 0, GOOD)),
    "a section with an address": {
        "version": 3,
        "sections": [{"offset": {"line": 0, "column": 0}, "url": "http://127.0.0.1/x.map"}],
    },
    "sections out of order": sections((2, 0, GOOD), (1, 0, GOOD)),
    "sections in a section": sections((0, 0, sections((0, 0, GOOD)))),
    "a section behind the throw": sections((3, 0, GOOD)),
    "a prototype": {"__proto__": GOOD},
    "a name of a prototype": GOOD | {"sources": {"__proto__": ["a.ts"], "length": 1}},
    "a root of an object": GOOD | {"sourceRoot": {}, "sources": [""]},
}
TEXTS: dict[str, str] = {
    "no JSON": comment("{"),
    "deep JSON": comment("[" * 100_000),
    "deep sources": comment('{"mappings":"A","sources":' + "[" * 50_000 + "]" * 50_000 + "}"),
    "no UTF-8": comment(b'{"version":3,"sources":["\xff\xfe/"],"mappings":"!"}'),
    "no base 64": COMMENT + "####\n",
    "half of base 64": COMMENT + "eyJ2\n",
    "nothing": COMMENT + "\n",
    "percents of no UTF-8": "//# sourceMappingURL=data:application/json,%ff%fe\n",
    "another type": "//# sourceMappingURL=data:text/html;base64,eyJ9\n",
    "an address": "//# sourceMappingURL=http://127.0.0.1/x.map\n",
    "a path": "//# sourceMappingURL=/etc/passwd\n",
}
WAYS = {name: comment(json.dumps(content)) for name, content in MAPS.items()} | TEXTS


def failure_under(sandbox: Sandbox, source: str, limits: Limits | None = None) -> ToolFailure:
    loaded = sandbox.load(source, limits=replace(Limits(), memory_bytes=256 * MIB))
    return loaded.call("t", limits=limits).failure


@pytest.mark.parametrize("way", WAYS)
def test_invalid_map_changes_nothing(sandbox: Sandbox, way: str) -> None:
    failure = failure_under(sandbox, THROWER + WAYS[way])
    said = (failure.kind, failure.name, failure.message)
    assert said == (FailureKind.THROWN, "Error", "true reason")
    assert failure.stack.startswith(THROWN_AT)


def test_working_program_never_reads_its_map(sandbox: Sandbox) -> None:
    source = "export const agents = {main: {tools: {t: {execute: () => 1}}}};\n"
    plain = sandbox.load(source).call("t").outcome.usage.fuel
    mapped = sandbox.load(source + comment("[" * 1_000_000)).call("t").outcome.usage.fuel
    assert mapped <= plain * 1.05


def test_failure_survives_when_map_exhausts_fuel(sandbox: Sandbox) -> None:
    source = THROWER + comment(json.dumps(GOOD | {"mappings": "A," * 500_000}))
    failure = failure_under(sandbox, source, Limits(fuel=50_000_000))
    assert (failure.kind, failure.message) == (FailureKind.THROWN, "true reason")
    assert failure.stack.startswith(THROWN_AT)


def test_failure_survives_when_map_exhausts_memory(sandbox: Sandbox) -> None:
    content = GOOD | {"sourcesContent": ["x" * 8 * MIB]}
    loaded = sandbox.load(
        THROWER + comment(json.dumps(content)), limits=Limits(memory_bytes=256 * MIB)
    )
    assert loaded.image is not None
    limits = Limits(memory_bytes=loaded.image.memory_bytes + MIB, heap_bytes=26 * MIB)
    failure = loaded.call("t", limits=limits).failure
    assert (failure.kind, failure.message) == (FailureKind.THROWN, "true reason")
    assert failure.stack.startswith(THROWN_AT)


def test_map_over_twenty_megabytes_is_ignored(sandbox: Sandbox) -> None:
    source = thrower_from("src/agent.ts")
    padded = source.replace("base64,", "base64," + "ICAg" * (5 * MIB + 256))
    limits = Limits(memory_bytes=256 * MIB)
    assert failure_under(sandbox, padded, limits).stack.startswith(THROWN_AT)
    assert "src/agent.ts" in failure_under(sandbox, source).stack


TAMPERING = {
    "array indexes": "for (let i = 0; i < 50; i++) Object.defineProperty(Array.prototype, i, "
    "{set() { throw new Error('forged'); }, configurable: true});",
    "methods of strings": "for (const key of Object.getOwnPropertyNames(String.prototype)) "
    "try { String.prototype[key] = () => { throw new Error('forged'); }; } catch {}",
    "typed arrays": "Int32Array.prototype.fill = globalThis.Int32Array = globalThis.Uint8Array = "
    "function () { throw new Error('forged'); };",
    "JSON": "JSON.parse = globalThis.atob = globalThis.decodeURIComponent = "
    "() => { throw new Error('forged'); };",
    "properties of all objects": "for (const key of ['mappings', 'sources', "
    "'sections', 'offset', 'map', 'line', 'column', 'sourceRoot', '0']) "
    "Object.defineProperty(Object.prototype, key, {get() { throw new Error('forged'); }});",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_with_builtins_does_not_change_failure(sandbox: Sandbox, what: str) -> None:
    source = thrower_from("src/agent.ts").replace(
        "const message =", f"{TAMPERING[what]} const message ="
    )
    failure = failure_under(sandbox, source)
    said = (failure.kind, failure.name, failure.message)
    assert said == (FailureKind.THROWN, "Error", "true reason")
    assert failure.stack.startswith("    at execute (")
    assert "forged" not in failure.stack
