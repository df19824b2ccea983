"""Random schemas of zod are read as zod says, and take what zod takes; Node judges in batches."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import Json, JsonObject
from tests.bundle.reading import DIGEST
from tests.bundle.zod_judge.inputs import INPUTS
from tests.bundle.zod_judge.judge import judge, program
from tests.bundle.zod_judge.same import same
from tests.repeats import some

# Each seed is another batch of schemas; one that has failed stays here.
SEEDS = (1, 2, 3, 4091)
BATCH = 120
# Enough for any schema: one that needs more would be left out.
BYTES = 8192
# zod 3's converter escapes halves of characters beyond U+FFFF, which no pattern can hold.
CHARACTERS = st.one_of(
    st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF),
    st.characters(max_codepoint=0x7F),
)
SMALL = st.integers(0, 6)
KEYS = st.one_of(
    st.sampled_from(["a", "b", "name", "x-y", "0", "7", "constructor", "toString", "$ref", "type"]),
    st.text(CHARACTERS, min_size=1, max_size=4).filter(lambda key: key != "__proto__"),
)


def quoted(value: Json) -> str:
    """Return a value as a JavaScript literal."""
    return json.dumps(value)


TEXT = st.text(CHARACTERS, max_size=6).map(quoted)
SCALAR: SearchStrategy[Json] = st.one_of(
    st.text(CHARACTERS, max_size=4),
    st.integers(-50, 50),
    st.booleans(),
    st.floats(-9, 9, allow_nan=False).map(lambda number: round(number, 2)),
)


def calls(name: str, argument: SearchStrategy[str] | None = None) -> SearchStrategy[str]:
    """Return calls of a method."""
    inside = st.just("") if argument is None else argument
    return inside.map(lambda text: f".{name}({text})")


def chained(start: str, *methods: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return an expression with up to three methods after it."""
    return st.lists(st.one_of(*methods), max_size=3).map(lambda found: start + "".join(found))


STRINGS = chained(
    "z.string()",
    calls("min", SMALL.map(str)),
    calls("max", SMALL.map(str)),
    calls("length", SMALL.map(str)),
    calls("startsWith", TEXT),
    calls("endsWith", TEXT),
    calls("includes", TEXT),
    calls("regex", st.sampled_from(["/^[a-z]+$/", "/a|b/u", r"/^\d{2}\/\d+$/", "/[/]x?/"])),
    calls("describe", TEXT),
    *(calls(name) for name in ("email", "uuid", "nonempty", "trim", "date")),
)
NUMBERS = chained(
    "z.number()",
    calls("int"),
    calls("positive"),
    calls("nonnegative"),
    calls("describe", TEXT),
    *(
        calls(name, st.integers(-9, 99).map(str))
        for name in ("min", "max", "gt", "lt", "gte", "lte")
    ),
    calls("multipleOf", st.integers(1, 9).map(str)),
)
LEAVES = st.one_of(
    STRINGS,
    NUMBERS,
    st.sampled_from(["z.boolean()", "z.null()", "z.any()", "z.unknown()", "z.never()", "base"]),
    SCALAR.map(lambda value: f"z.literal({quoted(value)})"),
    st.lists(st.text(CHARACTERS, max_size=4), min_size=1, max_size=4, unique=True).map(
        lambda values: f"z.enum({quoted([*values])})"
    ),
)


def objects(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return object schemas, changed by up to two methods."""
    shapes = st.dictionaries(KEYS, inner, max_size=4).map(
        lambda shape: "{" + ", ".join(f"{quoted(k)}: {v}" for k, v in shape.items()) + "}"
    )
    changes = st.one_of(
        *(calls(name) for name in ("strict", "passthrough", "partial", "required", "strip")),
        calls("extend", shapes),
        calls("describe", TEXT),
        calls("catchall", inner),
    )
    whole = st.tuples(shapes, st.lists(changes, max_size=2))
    return whole.map(lambda found: f"z.object({found[0]})" + "".join(found[1]))


def larger(inner: SearchStrategy[str]) -> SearchStrategy[str]:
    """Return schemas made of smaller ones."""
    lists = st.lists(inner, min_size=2, max_size=3).map(", ".join)
    bounds = st.sampled_from(["", ".min(1)", ".max(3)", ".length(2)", ".nonempty()"])
    wraps = st.sampled_from(
        [".optional()", ".nullable()", ".nullish()", ".array()", '.describe("said")', ".readonly()"]
    )
    return st.one_of(
        objects(inner),
        st.tuples(inner, bounds).map(lambda found: f"z.array({found[0]}){found[1]}"),
        lists.map(lambda items: f"z.tuple([{items}])"),
        lists.map(lambda items: f"z.union([{items}])"),
        st.tuples(inner, inner).map(lambda found: f"z.intersection({found[0]}, {found[1]})"),
        inner.map(lambda values: f"z.record(z.string(), {values})"),
        st.tuples(inner, wraps).map("".join),
    )


SCHEMAS = st.recursive(LEAVES, larger, max_leaves=10)
BEFORE = "const base = z.object({ name: z.string(), age: z.number() });"


def check(dialect: str, expressions: list[str]) -> None:
    """Compare each schema with zod's; those that zod itself cannot make or write are left out."""
    schemas = [f"z.object({{ x: {expression} }})" for expression in expressions]
    manifest = read_source(DIGEST, program(dialect, BEFORE, schemas).encode())
    tools = {key: tool for a in manifest.agents.values() for key, tool in a.tools.items()}
    for index, verdict in enumerate(judge(dialect, BEFORE, schemas, INPUTS)):
        if verdict.schema is None:
            continue
        found = tools[f"t{index}"].input_schema
        said = [d for d in manifest.diagnostics if f".t{index}." in f"{d.path}."]
        assert found is not None, (schemas[index], said)
        if has_pattern_of_javascript(verdict.schema) or has_no_schema(verdict.schema):
            continue
        assert same(dialect, verdict.schema, found), (schemas[index], verdict.schema, found)
        if dialect == "classic":
            takes_the_same(schemas[index], found, verdict.accepted)


def takes_the_same(source: str, schema: JsonObject, accepted: tuple[bool | None, ...]) -> None:
    """Check that the schema takes what zod takes.

    Left out are three affairs of zod's own: numbers above 2^53, keys that every object of
    JavaScript inherits, which zod takes for the input's, and inputs that a strict side of an
    intersection refuses in the schema alone, where zod did not write one object of both sides.
    """
    if re.search("multipleOf|constructor|toString", source):
        return
    validator = jsonschema_rs.Draft202012Validator(schema)
    may_refuse = has_strict_side(schema)
    for given_input, takes in zip(INPUTS, accepted, strict=True):
        if not (takes and may_refuse):
            assert validator.is_valid(given_input) == takes, (source, schema, given_input)


def objects_in(value: Json) -> Iterator[JsonObject]:
    """Yield a JSON value's objects, itself too."""
    if isinstance(value, dict):
        yield value
        value = [*value.values()]
    for each in value if isinstance(value, list) else ():
        yield from objects_in(each)


def sides_of(schema: JsonObject) -> list[Json]:
    """Return the sides of an intersection."""
    sides = schema.get("allOf")
    return sides if isinstance(sides, list) else []


def has_strict_side(schema: Json) -> bool:
    """Tell whether one of its ``allOf`` takes the keys it names alone."""
    return any(
        isinstance(side, dict) and side.get("additionalProperties") is False
        for part in objects_in(schema)
        for side in sides_of(part)
    )


def has_no_schema(schema: Json) -> bool:
    """Tell whether ``allOf`` has null, which is no schema.

    zod 4 writes it where one side of an intersection has a key of ``Object.prototype``, for what
    it finds of that name in the other side's properties: a function.
    """
    return any(None in sides_of(part) for part in objects_in(schema))


def has_pattern_of_javascript(schema: Json) -> bool:
    """Tell whether a pattern in it is one that the validator cannot compile."""
    patterns = (part.get("pattern") for part in objects_in(schema))
    return any(isinstance(each, str) and not is_pattern_here(each) for each in patterns)


def is_pattern_here(pattern: str) -> bool:
    """Tell whether the validator can compile a pattern."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def batch(number: int) -> list[str]:
    """Return the expressions of a seed.

    They are made of the seed's bytes alone. Hypothesis's own choices are also of constants that it
    finds in all modules imported so far, so that any change of the project changes the schemas.
    """
    found: list[str] = []

    @settings(database=None)
    @given(SCHEMAS)
    def collect(expression: str) -> None:
        found.append(expression)

    fuzz_one_input = collect.hypothesis.fuzz_one_input  # type: ignore[attr-defined]  # untyped
    chance = Random(number)
    for _ in range(BATCH):
        fuzz_one_input(chance.randbytes(BYTES))
    return found


@pytest.mark.parametrize("dialect", ["classic", "three"])
@pytest.mark.parametrize("number", some(SEEDS, every=2))
def test_random_schemas_are_read_as_zod_does(dialect: str, number: int) -> None:
    expressions = batch(number)
    assert len(set(expressions)) > BATCH / 2
    check(dialect, expressions)
