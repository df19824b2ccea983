"""A tool's own schema parses the input: defaults and transforms apply, invalid input fails."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

SCHEMAS = {
    "zod": (
        'import { z } from "zod";',
        "z.object({n: z.number().default(5), s: z.string().trim()})",
    ),
    "zod 4": (
        'import * as z from "zod/v4";',
        "z.object({n: z.number().default(5), s: z.string().trim()})",
    ),
    "zod 3": (
        'import { z } from "zod/v3";',
        "z.object({n: z.number().default(5), s: z.string().trim()})",
    ),
    "zod mini": (
        'import * as z from "zod/mini";',
        "z.object({n: z._default(z.number(), 5), s: z.string().check(z.trim())})",
    ),
    "zodSchema": (
        'import { z } from "zod"; import { zodSchema } from "ai";',
        "zodSchema(z.object({n: z.number().default(5), s: z.string().trim()}))",
    ),
    "jsonSchema": (
        'import { jsonSchema } from "ai";',
        """jsonSchema({type: 'object'}, {validate: (value) => typeof value.s === 'string'
          ? {success: true, value: {n: 5, s: value.s.trim()}}
          : {success: false, error: new Error('s: not a string')}})""",
    ),
}


@pytest.mark.parametrize(("imports", "schema"), SCHEMAS.values(), ids=SCHEMAS.keys())
@pytest.mark.parametrize("key", ["inputSchema", "parameters", "schema"])
def test_input_is_checked_by_its_schema(
    sandbox: Sandbox, imports: str, schema: str, key: str
) -> None:
    tool = f"{{{key}: {schema}, execute: (input) => input}}"
    loaded = sandbox.load(f"{imports} export const agents = {{main: {{tools: {{t: {tool}}}}}}};")
    assert loaded.call("t", {"s": " x "}).value == {"n": 5, "s": "x"}
    failure = loaded.call("t", {"s": 1}).failure
    assert failure.kind.name == "INVALID_INPUT"
    assert "does not fit the tool's schema: s: " in failure.message


def test_input_passes_with_json_schema_or_none(sandbox: Sandbox) -> None:
    source = (
        "export const agents = {main: {tools: {none: {execute: (i) => i}, "
        "plain: {inputSchema: {type: 'object'}, execute: (i) => i}}}};"
    )
    loaded = sandbox.load(source)
    for tool in ("none", "plain"):
        assert loaded.call(tool, {"a": [1]}).value == {"a": [1]}
