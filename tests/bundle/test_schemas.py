"""zod in its versions and forms becomes JSON Schema; what cannot be read disables one tool."""

from __future__ import annotations

import pytest

from tests.bundle.reading import LIGHTFAST_IMPORTS, manifest_of, property_of, schema_of, tool_of

STRING = {"type": "string"}
SAFE = 2**53 - 1


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("z.coerce.number().min(1)", {"type": "number", "minimum": 1}),
        ("z.string().min(1 + 1).max(2 * 5)", {"type": "string", "minLength": 2, "maxLength": 10}),
        ("z.enum(COLORS)", {"type": "string", "enum": ["red", "blue"]}),
        ("z.nativeEnum(Level)", {"type": "string", "enum": ["low", "high"]}),
        ("z.nativeEnum(Count)", {"type": "number", "enum": [0, 1]}),
        ("z.nativeEnum(Inline)", {"type": "string", "enum": ["l"]}),
        ("text(5)", {"type": "string", "maxLength": 5}),
        ("z.preprocess((v) => v, z.boolean())", {"type": "boolean"}),
        (
            "z.record(z.string())",
            {"type": "object", "propertyNames": STRING, "additionalProperties": STRING},
        ),
        (
            "z.union([z.string(), z.object({})])",
            {"anyOf": [STRING, {"type": "object", "properties": {}}]},
        ),
        (
            "z.intersection(z.object({ toString: z.string() }), z.object({}))",
            {"type": "object", "properties": {"toString": STRING}, "required": ["toString"]},
        ),
        ("z.string().regex(/^a/i)", STRING),
        ("z.date()", {"type": "string", "format": "date-time"}),
        ("z.optional(z.string())", STRING),
        ("wide ? z.string() : z.number()", STRING),
    ],
)
def test_zod_expression_becomes_json_schema(expression: str, expected: object) -> None:
    before = """
const COLORS = ["red", "blue"];
var Level = ((Level2) => {
  Level2["Low"] = "low"; Level2["High"] = "high"; return Level2;
})(Level || {});
var Count; (function (Count) {
  Count[Count["A"] = 0] = "A"; Count[Count["B"] = 1] = "B";
})(Count || (Count = {}));
const Inline = { l: "l" };
const text = (n) => z.string().max(n);
const wide = !0;
"""
    assert property_of(expression, before) == expected


def test_imported_functions_are_recognised() -> None:
    before = 'import { object, string as s, optional } from "zod/mini";\n'
    assert schema_of("object({ a: s(), b: optional(s()) })", before) == {
        "type": "object",
        "properties": {"a": STRING, "b": STRING},
        "required": ["a"],
    }


def test_bundled_classes_are_recognised_by_name() -> None:
    before = """
var con = (name, init, params) => class {};
var A = con("ZodObject", (e) => e), B = con("ZodString", (e) => e), C = con("ZodArray", (e) => e);
var N = con("ZodNumber", (e) => e), M = con("ZodMiniOptional", (e) => e);
function o(e, t) { return new A({ type: "object", shape: e ?? {} }); }
function s(e) { return mk(B, e); }
function n(e) { return mk(N, e); }
function a(e, t) { return mk(C, e, t); }
function p(e) { return new M({ type: "optional", innerType: e }); }
function mk(e, t) { return new e({ type: "x" }); }
"""
    assert schema_of("o({ q: s().min(2), k: n().int().optional(), l: p(a(s())) })", before) == {
        "type": "object",
        "properties": {
            "q": {"type": "string", "minLength": 2},
            "k": {"type": "integer", "minimum": -SAFE, "maximum": SAFE},
            "l": {"type": "array", "items": STRING},
        },
        "required": ["q"],
    }


def test_zod_3_classes_are_recognised_by_type_name() -> None:
    before = """
class O { static lazycreate = () => 1; } class S {}
O.create = (shape, params) => new O({ shape: () => shape, typeName: K.ZodObject });
S.create = (params) => new S({ checks: [], typeName: K.ZodString });
var K = {}; var objectType = O.create, stringType = S.create;
"""
    expected = {"type": "object", "properties": {"q": STRING}, "required": ["q"]}
    assert schema_of("objectType({ q: stringType() })", before) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "base.shape.name",
        "z.array(base).element.shape.name",
        "z.enum(colors.options)",
        "z.string().check(z.minLength(2))",
        "z.string().nanoid()",
        "z.uuid({ version: 'v4' })",
        "z.tuple([z.string()], base.shape.name)",
        "z.lazy(() => base)",
        "z.string().max(Math.min(5, 10))",
        "z.enum('a b'.split(' '))",
        "base.keyof()",
        "z.stringbool()",
    ],
)
def test_rare_schemas_are_asked_of_the_sandbox(expression: str) -> None:
    before = """
const base = z.object({ name: z.string() });
const colors = z.enum(["red", "blue"]);
"""
    tool, _ = tool_of(f"z.object({{ x: {expression} }})", before)
    assert tool.input_schema is None
    assert tool.unread_schema is not None
    assert tool.unread_schema.path.startswith("agents.a.tools.probe.inputSchema")


def test_plain_json_schema_is_used_unchanged() -> None:
    schema = """{ type: "object", properties: { q: { type: "string" } }, required: ["q"] }"""
    assert schema_of(schema)["required"] == ["q"]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("z.object({ ...fields() })", "async function"),
        ("z.object({ a: z.map(z.string(), z.string()) })", "JSON cannot express"),
        ("z.object({ a: z.string().max(Math.random()) })", "Math.random"),
        ("v.object({ a: v.string() })", "`valibot`"),
        ("z.string()", "object"),
        ('({ type: "object", $ref: "https://example.invalid/x" })', "outside of it"),
        ('({ type: "object", properties: 5 })', "JSON Schema"),
        ("undefined", "zod"),
        ("makeSchema", "function"),
    ],
)
def test_bad_schema_disables_only_its_tool(expression: str, words: str) -> None:
    manifest = manifest_of(
        f"""{LIGHTFAST_IMPORTS}
import * as v from "valibot";
async function fields() {{ return {{}}; }}
function makeSchema() {{ return z.object({{}}); }}
const bad = createTool({{ description: "d", inputSchema: {expression}, execute: () => 1 }});
const good = createTool({{ description: "d", inputSchema: z.object({{}}), execute: () => 1 }});
export default createLightfast({{
  agents: {{ a: createAgent({{ model: "m", system: "s", tools: {{ bad, good }} }}) }},
}});
"""
    )
    tools = manifest.agents["a"].tools
    assert tools["bad"].disabled
    assert tools["bad"].input_schema is None
    assert tools["good"].input_schema == {"type": "object", "properties": {}}
    (found,) = manifest.diagnostics
    assert found.path.startswith("agents.a.tools.bad.inputSchema")
    assert words in found.reason
    assert found.line > 0
    assert found.column > 0


def test_dropped_parts_are_reported() -> None:
    tool, manifest = tool_of("z.object({ q: z.string().regex(/^a/i).default(Date.now()) })")
    assert not tool.disabled
    assert {d.path for d in manifest.diagnostics} == {"agents.a.tools.probe.inputSchema.q"}
    assert len(manifest.diagnostics) == 2
