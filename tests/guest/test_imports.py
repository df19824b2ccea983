"""Imports of a bundle: provided modules, missing names and missing modules."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox, run_body

MINIFIED = (
    'import a,{b as c,$d}from"pg";import*as e from"left-pad";import"side-effect";'
    'import{default as f}from\'axios\';export{g as h}from"redis";export*from"nothing";'
)


def test_missing_exports_do_not_prevent_linking(sandbox: Sandbox) -> None:
    body = "return [a, c, $d, e.pad, f].map((value) => typeof value)"
    assert run_body(sandbox, body, head=MINIFIED).value == ["function"] * 5


@pytest.mark.parametrize("key", ["arguments", "caller"])
def test_reserved_function_property_can_be_imported(sandbox: Sandbox, key: str) -> None:
    # A minifier reuses the short name of a namespace: what is read of it is then anything.
    body = f"const read = (e) => e.{key}; return [typeof e.{key}, read({{ {key}: 1 }})]"
    ran = run_body(sandbox, body, head='import*as e from"left-pad";')
    assert ran.value == ["function", 1]


@pytest.mark.parametrize(
    ("imports", "use"),
    [
        ('import { Pool } from "pg";', "new Pool()"),
        ('import pg from "pg";', "pg.connect()"),
        ('import * as pg from "pg";', "pg.connect()"),
        ('import * as pg from "pg"; class Mine extends pg.Client {}', "new Mine()"),
    ],
)
def test_missing_module_error_says_what_to_do(sandbox: Sandbox, imports: str, use: str) -> None:
    failure = run_body(sandbox, use, head=imports).failure
    assert failure.kind.name == "THROWN"
    assert failure.message.startswith('the bundle imports "pg", which the sandbox does not have')


@pytest.mark.parametrize("form", ["const pg = require('pg');", "__toESM(require('pg'));"])
def test_module_required_by_top_level_is_like_imported_one(sandbox: Sandbox, form: str) -> None:
    head = "const __toESM = (pg) => (globalThis.held = pg); " + form
    failure = run_body(
        sandbox, "globalThis.held ??= pg; held.connect()", head=head, module=False
    ).failure
    assert failure.message.startswith('the bundle imports "pg", which the sandbox does not have')


def test_require_in_try_finds_no_module(sandbox: Sandbox) -> None:
    head = "let fast; try { fast = require('bufferutil'); } catch (error) { fast = error.code; }"
    assert run_body(sandbox, "return fast", head=head, module=False).value == "MODULE_NOT_FOUND"


@pytest.mark.parametrize("specifier", ["./local.js", "../up.js", "/abs.js", "https://x.test/m.js"])
def test_relative_imports_are_refused_at_load(sandbox: Sandbox, specifier: str) -> None:
    failure = sandbox.load(f'import "{specifier}";').ran.failure
    assert failure.kind.name == "LOAD_FAILED"
    assert "a bundle is one file" in failure.message


@pytest.mark.parametrize(
    "specifier",
    ["lightfast", "lightfast/agent", "lightfast/tool", "lightfast/client", "lightfast/server"],
)
def test_lightfast_import_is_provided(sandbox: Sandbox, specifier: str) -> None:
    head = (
        f'import {{ createAgent, createTool, createLightfast, somethingElse }} from "{specifier}";'
    )
    body = "return [createAgent, createTool, createLightfast, somethingElse].map((f) => typeof f)"
    assert run_body(sandbox, body, head=head).value == ["function"] * 4


@pytest.mark.parametrize(
    ("imports", "model"),
    [
        ('import { gateway } from "@ai-sdk/gateway";', "gateway('a/b')"),
        ('import { createGateway } from "@ai-sdk/gateway";', "createGateway({apiKey: 'k'})('a/b')"),
        ('import { anthropic } from "@ai-sdk/anthropic";', "anthropic('a/b')"),
        ('import { openai } from "@ai-sdk/openai";', "openai.responses('a/b')"),
        ('import { createOpenAI } from "@ai-sdk/openai";', "createOpenAI().chat('a/b')"),
        ('import { bedrock } from "@ai-sdk/amazon-bedrock";', "bedrock.languageModel('a/b')"),
        ('import * as xai from "@ai-sdk/xai";', "xai.xai('a/b')"),
        ('import { newest } from "@ai-sdk/brand-new";', "newest('a/b')"),
        (
            'import { createOpenRouter } from "@openrouter/ai-sdk-provider";',
            "createOpenRouter()('a/b')",
        ),
        ('import { gateway } from "ai";', "gateway('a/b')"),
        (
            'import { wrapLanguageModel, gateway } from "ai";',
            "wrapLanguageModel({model: gateway('a/b')})",
        ),
    ],
)
def test_model_factories_return_inert_models(sandbox: Sandbox, imports: str, model: str) -> None:
    value = run_body(sandbox, "return model", head=f"{imports} const model = {model};").value
    assert isinstance(value, dict)
    assert value["modelId"] == "a/b"


def test_ai_sdk_asks_no_model_without_a_grant(sandbox: Sandbox) -> None:
    head = 'import { generateText, streamText, ToolLoopAgent, convertToCoreMessages } from "ai";'
    for use in (
        "await generateText({})",
        "streamText({})",
        "await new ToolLoopAgent({}).generate({})",
    ):
        failure = run_body(sandbox, use, head=head).failure
        assert failure.kind.name == "CAPABILITY_DENIED"
        assert "--allow-models" in failure.message
    failure = run_body(sandbox, "convertToCoreMessages([])", head=head).failure
    assert failure.name == "NotAvailableError"
    assert "The model loop belongs to Caisson" in failure.message


def test_provided_zod_is_the_real_one(sandbox: Sandbox) -> None:
    head = 'import z, { ZodError } from "zod"; import { z as other } from "zod/v4";'
    body = """
      const schema = z.object({email: z.email(), tags: z.array(z.string()).max(2)});
      const bad = schema.safeParse({email: 'no', tags: ['a', 'b', 'c']});
      const json = other.toJSONSchema(schema);
      return [bad.error instanceof ZodError, bad.error.issues.map((i) => i.code), json.required];
    """
    expected = [True, ["invalid_format", "too_big"], ["email", "tags"]]
    assert run_body(sandbox, body, head=head).value == expected


def test_required_modules_are_shared_and_interoperate(sandbox: Sandbox) -> None:
    body = """
      const { z } = require('zod');
      const same = require('node:path') === require('path');
      return [z.string().parse('x'), same, require('ai').__esModule, typeof require('events')];
    """
    assert run_body(sandbox, body, module=False).value == ["x", True, True, "function"]


def test_import_scan_takes_little_load_time(sandbox: Sandbox) -> None:
    """Fuel for each character of text without a keyword; reading the comment itself is half."""
    text = "/* plain words of a comment that have nothing special in them */\n" * 5000
    bare = sandbox.load("export const a = 1;\n").ran.outcome.usage.fuel
    full = sandbox.load("export const a = 1;\n" + text).ran.outcome.usage.fuel
    assert full - bare < 200 * len(text)


def test_function_only_members_do_not_prevent_linking(
    sandbox: Sandbox,
) -> None:
    head = 'import * as e from "pg"; import * as t from "node:fs";'
    body = "const look = (e, t) => [e.caller, e.arguments, t.caller]; return typeof e.Pool"
    assert run_body(sandbox, body, head=head).value == "function"


IS_MAIN = {
    "module": """
        import { fileURLToPath, pathToFileURL } from "node:url";
        const said = [import.meta.main, process.argv[1] === fileURLToPath(import.meta.url),
          import.meta.url === pathToFileURL(process.argv[1] ?? "").href,
          import.meta.filename === process.argv[1], import.meta.url === `file://${process.argv[1]}`,
          import.meta.url.endsWith(process.argv[1])];
    """,
    "script": """
        const said = [require.main === module, !module.parent, process.argv[1] === __filename,
          process.mainModule === module, __filename.endsWith(process.argv[1])];
    """,
}


@pytest.mark.parametrize("form", IS_MAIN)
def test_program_is_not_the_main_one(sandbox: Sandbox, form: str) -> None:
    """As in Node, which imports it: no server and no command line is to start while it loads."""
    ran = run_body(sandbox, "return said;", head=IS_MAIN[form], module=form == "module")
    assert isinstance(ran.value, list)
    assert set(ran.value) == {False}
