"""The model's copies of tools' schemas take what the originals take, by jsonschema-rs."""

from __future__ import annotations

import copy
import importlib
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.adapters.litellm.tool_schemas import (
    TAKEN_NAMES,
    flattened,
    rewritten,
    schema_for,
)
from services.executor.settings import keep_litellm_quiet
from tests.repeats import tries

NAMES = ("a", "b", "c", "kind")
# Keywords that neither Gemini's `Schema` nor a plain copy has.
NOT_PLAIN = (
    *("$ref", "$defs", "oneOf", "allOf", "const", "additionalProperties", "prefixItems", "not"),
    *("if", "then", "else", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "uniqueItems"),
    *("patternProperties", "propertyNames", "contains", "dependentRequired", "definitions"),
)
SCALARS = st.sampled_from(["x", "yy", "", 0, 1, 2.5, -3, True, None])
TEXTS = st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(1, 3),
        "format": st.sampled_from(["uuid", "date-time", "email"]),
        "pattern": st.just("x|y"),
        "description": st.just("said"),
    },
)
NUMBERS = st.fixed_dictionaries(
    {"type": st.sampled_from(["number", "integer"])},
    optional={
        "minimum": st.integers(-3, 0),
        "exclusiveMaximum": st.integers(1, 5),
        "multipleOf": st.just(1),
    },
)
CHOICES = st.one_of(
    st.lists(SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    SCALARS.map(lambda value: {"const": value}),
    st.lists(
        st.sampled_from(["string", "number", "null", "boolean", "object", "array"]),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(lambda types: {"type": types, "minLength": 1, "minimum": 0}),
    st.sampled_from([True, {}, {"not": {"type": "string"}}, {"$ref": "#/$defs/A"}]),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from(NAMES), inner)},
        optional={
            "required": st.lists(st.sampled_from(NAMES), max_size=2, unique=True),
            "additionalProperties": st.just(False),
            "title": st.just("T"),
        },
    )


def parts(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        objects(inner),
        inner.map(lambda items: {"type": "array", "items": items}),
        lists.map(lambda items: {"type": "array", "prefixItems": items}),
        lists.map(lambda options: {"anyOf": options, "description": "said"}),
        lists.map(lambda options: {"oneOf": options}),
        st.lists(objects(inner), min_size=1, max_size=2).map(lambda all_of: {"allOf": all_of}),
        inner.map(lambda schema: {"allOf": [{"$ref": "#/$defs/A"}, schema]}),
        inner.map(lambda schema: {"$ref": "#/$defs/A", "then": schema}),
    )


SCHEMAS = st.recursive(st.one_of(TEXTS, NUMBERS, CHOICES), parts, max_leaves=8)
TOPS = st.one_of(
    objects(SCHEMAS),
    st.tuples(
        st.sampled_from(["anyOf", "oneOf", "allOf"]), st.lists(objects(SCHEMAS), min_size=1)
    ).map(lambda made: {made[0]: made[1][:3]}),
    st.just({"$ref": "#/$defs/A"}),
)
WHOLE = st.tuples(TOPS, SCHEMAS).map(lambda two: {**two[0], "$defs": {"A": two[1]}})


def values_of(schema: Any, root: dict[str, Any], draw: Any, depth: int = 0) -> Any:
    """Return a value that a schema may take: what it says is followed, but not checked."""
    if not isinstance(schema, dict) or depth > 6:
        return draw(SCALARS)
    if "$ref" in schema:
        return values_of(root["$defs"]["A"], root, draw, depth + 1)
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return values_of(draw(st.sampled_from(schema[name])), root, draw, depth + 1)
    if "allOf" in schema:
        made = [values_of(each, root, draw, depth + 1) for each in schema["allOf"]]
        if all(isinstance(each, dict) for each in made):
            return {key: value for each in made for key, value in each.items()}
        return made[0]
    if "enum" in schema or "const" in schema:
        return draw(st.sampled_from(schema.get("enum", [schema.get("const")])))
    kind = schema.get("type", "null")
    kind = draw(st.sampled_from(kind)) if isinstance(kind, list) else kind
    if kind == "object":
        own = schema.get("properties", {})
        named = [each for each in own if each in schema.get("required", ()) or draw(st.booleans())]
        return {name: values_of(own[name], root, draw, depth + 1) for name in named}
    if kind == "array":
        each = schema.get("prefixItems") or [schema.get("items", {})]
        return [values_of(item, root, draw, depth + 1) for item in each[: draw(st.integers(0, 3))]]
    simple: dict[str, Any] = {
        "string": ["x", "yy", "yx"],
        "number": [0, 1, 2.5, -1],
        "integer": [0, 1, 2],
        "boolean": [True, False],
    }
    return draw(st.sampled_from(simple.get(kind, [None])))


def lists_in_lists(value: Any) -> bool:
    """Tell whether a value has what no copy of an unknown item takes: a list in a list."""
    if isinstance(value, dict):
        return any(map(lists_in_lists, value.values()))
    if isinstance(value, list):
        return any(isinstance(each, list) or lists_in_lists(each) for each in value)
    return False


def in_json_schema(schema: Any) -> Any:
    """Return a schema of Gemini's with `nullable` as JSON Schema says it."""
    if isinstance(schema, list):
        return [in_json_schema(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: {name: in_json_schema(each) for name, each in value.items()}
        if key == "properties"
        else in_json_schema(value)
        for key, value in schema.items()
        if key != "nullable"
    }
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def keywords(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return {name for each in schema for name in keywords(each)}
    if not isinstance(schema, dict):
        return set()
    inner = [
        each
        for key, value in schema.items()
        for each in (value.values() if key == "properties" else [value])
        if key not in ("enum", "required")
    ]
    return {*schema} | keywords(inner)


def is_valid(schema: Any, value: Any) -> bool:
    return bool(jsonschema_rs.Draft202012Validator(schema).is_valid(value))


def with_closed_branches(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose branches take no keys but their own: others are one kind in a copy."""
    return {
        name: [{**each, "additionalProperties": False} for each in value]
        if name in ("anyOf", "oneOf")
        else value
        for name, value in schema.items()
    }


@tries(40, 10_000)
@given(schema=WHOLE.map(with_closed_branches), data=st.data())
def test_plain_copy_takes_what_the_schema_takes(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    before = copy.deepcopy(schema)
    copied = rewritten(schema)
    assert schema == before
    assert not keywords(copied) & {*NOT_PLAIN}
    value = values_of(schema, schema, data.draw)
    if isinstance(value, dict) and is_valid(schema, value) and not lists_in_lists(value):
        assert is_valid(copied, value), json.dumps([schema, copied, value])


@tries(40, 10_000)
@given(schema=WHOLE.map(with_closed_branches), data=st.data())
def test_flat_copy_takes_what_the_schema_takes(schema: dict[str, Any], data: st.DataObject) -> None:
    copied = flattened(schema)
    assert copied["type"] == "object"
    assert not {"anyOf", "oneOf", "allOf", "enum", "not", "$ref"} & {*copied}
    value = values_of(schema, schema, data.draw)
    if isinstance(value, dict) and is_valid(schema, value):
        assert is_valid(copied, value), json.dumps([schema, copied, value])


EQUAL: dict[str, tuple[Any, Any]] = {
    "reference": ({"$ref": "#/$defs/A"}, {"type": "string", "minLength": 1}),
    "constant": ({"const": "x"}, {"type": "string", "enum": ["x"]}),
    "oneOf": (
        {"oneOf": [{"type": "string"}, {"type": "boolean"}]},
        {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
    ),
    "allOf": (
        {"allOf": [{"type": "string"}, {"minLength": 2}]},
        {"type": "string", "minLength": 2},
    ),
    "types": (
        {"type": ["string", "number"], "minLength": 2, "minimum": 1},
        {"anyOf": [{"type": "string", "minLength": 2}, {"type": "number", "minimum": 1}]},
    ),
    "null": (
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
    ),
    "one of null": (
        {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "null"}]},
        {"anyOf": [{"type": "string", "maxLength": 2}, {"type": "null"}]},
    ),
    "list": (
        {"type": "array", "items": {"const": "x"}, "maxItems": 2},
        {"type": "array", "items": {"type": "string", "enum": ["x"]}, "maxItems": 2},
    ),
}
VALUES: list[Any] = ["", "x", "xx", "xxx", 0, 1, 2.5, None, True, [], ["x"], ["y"], ["x"] * 3, {}]


@pytest.mark.parametrize("name", EQUAL)
def test_rewriting_that_loses_nothing_takes_the_same(name: str) -> None:
    part, right = EQUAL[name]
    schema = {
        "type": "object",
        "properties": {"a": part},
        "$defs": {"A": {"type": "string", "minLength": 1}},
    }
    copied = rewritten(schema)
    assert copied == {"type": "object", "properties": {"a": right}}
    for value in VALUES:
        assert is_valid(copied, {"a": value}) == is_valid(schema, {"a": value})


UNION = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"kind": {"const": "a"}, "x": {"type": "string"}},
            "required": ["kind", "x"],
        },
        {
            "type": "object",
            "properties": {"kind": {"const": "b"}},
            "required": ["kind"],
            "additionalProperties": False,
        },
    ]
}


def test_union_at_the_top_becomes_one_object() -> None:
    kinds = {"anyOf": [{"const": "a"}, {"const": "b"}]}
    right = {
        "type": "object",
        "properties": {"kind": kinds, "x": {"type": "string"}},
        "required": ["kind"],
    }
    assert schema_for("openai", UNION) == right
    assert schema_for("anthropic", UNION) == right


def test_schema_of_an_object_is_sent_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"oneOf": [{"$ref": "#/$defs/A"}]}}}
    assert schema_for("groq", schema) is schema


def test_recursive_schema_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#"}, "v": {"type": "string"}}}
    copied = rewritten(node)
    deep = {"next": {"next": {"next": {"next": {"v": 5}}}}}
    assert is_valid(copied, deep)
    assert not is_valid(copied, {"next": {"v": 5}})
    around = {**node, "properties": {"next": {"allOf": [{"$ref": "#"}]}}}
    assert is_valid(rewritten(around), deep)


def test_schema_with_too_many_parts_is_one_of_any_object() -> None:
    names = [f"n{at}" for at in range(12)]
    many = {name: {"$ref": "#"} for name in names}
    assert rewritten({"type": "object", "properties": many}) == {
        "type": "object",
        "properties": {name: {"type": "object"} for name in names},
    } or is_valid(rewritten({"type": "object", "properties": many}), {"n0": {"n1": {}}})


KEYWORDS = (
    *("$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "anyOf", "const"),
    *("default", "definitions", "description", "enum", "format", "items", "not", "nullable"),
    *("oneOf", "properties", "required", "strict", "title", "type"),
)


@pytest.mark.parametrize("name", KEYWORDS)
@pytest.mark.parametrize("provider", TAKEN_NAMES)
def test_property_named_like_a_keyword_reaches_the_provider(provider: str, name: str) -> None:
    """As a property, or in the description where LiteLLM would take it for the keyword."""
    keep_litellm_quiet()
    make: Any = importlib.import_module("litellm.utils").get_optional_params
    inner = {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}
    for schema in (inner, {"type": "object", "properties": {"a": inner}}):
        function = {"name": "t", "description": "", "parameters": schema_for(provider, schema)}
        tools = [{"type": "function", "function": function}]
        sent = json.dumps(make("gemini-2.5-pro", custom_llm_provider=provider, tools=tools))
        is_told = name in TAKEN_NAMES[provider]
        assert (f'"properties": {{"{name}": {{"type"' in sent) is not is_told
        assert (f'the key \\"{name}\\"' in sent) is is_told
        assert (f'"required": ["{name}"]' in sent) is not is_told
