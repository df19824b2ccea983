"""zod is the judge: what is read of a schema is what zod's own converters say of it.

What is not read is asked of the sandbox, which answers for all of the corpus in
``tests/e2e/test_sandbox_zod.py``.
"""

from __future__ import annotations

import json
from functools import cache

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import Manifest, ToolSpec
from tests.bundle.reading import DIGEST
from tests.bundle.zod_judge.corpus import BEFORE, SCHEMAS, wrapped
from tests.bundle.zod_judge.judge import Verdict, bundle, judge, program
from tests.bundle.zod_judge.same import same

# Where ``zod-to-json-schema`` says something else than zod 3 does, and we say what zod does.
CONVERTER_IS_WRONG = {
    "z.object({ x: z.literal(null) })",  # any object, says the converter
    "z.object({ x: z.literal(undefined).or(z.string()) })",  # any object or a text
}


@cache
def judged(dialect: str) -> list[Verdict]:
    """Return what zod says of the whole corpus of a dialect."""
    return judge(dialect, BEFORE[dialect], SCHEMAS[dialect])


# How many of each dialect's schemas are read without asking, at least.
READ = {"classic": 370, "mini": 70, "three": 270}


def tools_of(source: bytes) -> tuple[dict[str, ToolSpec], Manifest]:
    """Return all tools of a bundle by key."""
    manifest = read_source(DIGEST, source)
    agents = manifest.agents.values()
    return {key: tool for agent in agents for key, tool in agent.tools.items()}, manifest


def differences(dialect: str, source: bytes) -> list[str]:
    """Return what differs from zod, a line or two for each schema."""
    tools, manifest = tools_of(source)
    found: list[str] = []
    for index, verdict in enumerate(judged(dialect)):
        expression = SCHEMAS[dialect][index]
        assert verdict.schema is not None, (expression, verdict.error)
        read = tools[f"t{index}"].input_schema
        if read is None and tools[f"t{index}"].unread_schema is not None:
            continue
        if read is not None and same(dialect, verdict.schema, read):
            continue
        reasons = [d.reason for d in manifest.diagnostics if f".t{index}." in f"{d.path}."]
        if expression not in CONVERTER_IS_WRONG or dialect != "three":
            found.append(
                f"{expression}\n  zod {json.dumps(verdict.schema)}\n  got {read} {reasons}"
            )
    return found


@pytest.mark.parametrize("dialect", ["classic", "mini", "three"])
def test_imported_zod_is_read_as_zod_does(dialect: str) -> None:
    source = program(dialect, BEFORE[dialect], SCHEMAS[dialect]).encode()
    assert differences(dialect, source) == []
    read = [tool for tool in tools_of(source)[0].values() if tool.input_schema is not None]
    assert len(read) >= READ[dialect]


@pytest.mark.parametrize("minified", [False, True], ids=["readable", "minified"])
@pytest.mark.parametrize(
    "form", ["classic", "classic_namespace", "mini", "three", "three_namespace"]
)
def test_bundled_zod_is_read_as_zod_does(form: str, *, minified: bool) -> None:
    dialect = form.partition("_")[0]
    source = bundle(program(form, BEFORE[dialect], SCHEMAS[dialect]), minified=minified)
    assert differences(dialect, source) == []


def test_schema_zod_refuses_disables_the_tool() -> None:
    schemas = wrapped("refused_four")
    verdicts = judge("classic", BEFORE["classic"], schemas)
    tools, manifest = tools_of(program("classic", BEFORE["classic"], schemas).encode())
    for index, (schema, verdict) in enumerate(zip(schemas, verdicts, strict=True)):
        assert "cannot be represented" in verdict.error, schema
        assert tools[f"t{index}"].disabled, schema
        (found,) = [d for d in manifest.diagnostics if f".t{index}." in d.path]
        assert ".inputSchema.x" in found.path
        assert found.line > 0
        assert found.column > 0
        assert "which JSON cannot express" in found.reason


def test_corpus_is_large_enough() -> None:
    assert {dialect: len(schemas) > 100 for dialect, schemas in SCHEMAS.items()} == {
        "classic": True,
        "mini": True,
        "three": True,
    }
    assert sum(map(len, SCHEMAS.values())) > 900
