"""Sandbox schemas equal zod's own, for every version of zod in a bundle."""

from __future__ import annotations

import hashlib
import json

import pytest

from services.executor.adapters.toolrunner.sandbox_asker import ToolRunnerAsker
from services.executor.bundle.ports import SandboxQuestion
from services.executor.bundle.schema.answers import parses_inputs, schema_of_answer
from services.executor.clients import OWN_PROCESS
from services.executor.domain import Program
from services.executor.schemas.scripted import LocalSchemas
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.bundle.zod_judge.corpus import BEFORE, SCHEMAS
from tests.bundle.zod_judge.judge import TOOLS_OF_AN_AGENT, bundle, judge, program
from tests.bundle.zod_judge.same import same
from tests.e2e.pair import COMPILED
from tests.repeats import some

# Where ``zod-to-json-schema`` says something else than zod 3 does, and we say what zod does.
CONVERTER_IS_WRONG = {
    "z.object({ x: z.literal(null) })",
    "z.object({ x: z.literal(undefined).or(z.string()) })",
}
# A bundle's own zod 4 takes its own pattern for these, which is laxer than what it writes.
LAX = {"z.object({ x: z.base64() })"}


@pytest.mark.parametrize("form", ["classic", "mini", "three"])
async def test_sandbox_schema_equals_zods(form: str) -> None:
    schemas, before = some(SCHEMAS[form], every=2), BEFORE[form]
    source = bundle(program(form, before, schemas), minified=True)
    settings = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    tools = [SandboxQuestion(f"a{i - i % TOOLS_OF_AN_AGENT}", f"t{i}") for i in range(len(schemas))]
    async with running_toolrunner(settings) as address:
        asker = ToolRunnerAsker(address)
        try:
            digest = "sha256:" + hashlib.sha256(source).hexdigest()
            asked = Program(digest, is_module=False, source=source)
            answers = await asker.ask(asked, tools, OWN_PROCESS)
        finally:
            await asker.close()
    wrong: list[str] = []
    ways: set[str] = set()
    for schema, verdict, answer in zip(schemas, judge(form, before, schemas), answers, strict=True):
        assert answer.failure is None, (schema, answer.failure)
        ways.update(json.loads(answer.text).keys() - {"parses"})
        assert parses_inputs(answer.text)
        assert verdict.schema is not None
        found, _ = await schema_of_answer(answer.text, LocalSchemas(), OWN_PROCESS)
        if not same(form, verdict.schema, found) and schema not in CONVERTER_IS_WRONG | LAX:
            wrong.append(f"{schema}\n  zod {json.dumps(verdict.schema)}\n  got {json.dumps(found)}")
    assert "\n".join(wrong) == ""
    # zod 4 writes its schemas itself, but for what it refuses; mini and zod 3 are converted.
    assert ways == ({"jsonSchema", "zod"} if form == "classic" else {"zod"})
