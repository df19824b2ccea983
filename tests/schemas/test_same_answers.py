"""However a text is checked, the answer is jsonschema_rs's own."""

from __future__ import annotations

import json
import random
import time
from itertools import islice
from typing import Any

import jsonschema_rs
import pytest

from services.executor.clients import OWN_PROCESS
from services.executor.schemas.check import SchemaCheck
from services.executor.schemas.ports import Outcome
from services.executor.schemas.scripted import LocalSchemas
from services.executor.schemas.validation import MAX_REPORTED_ERRORS, brief
from tests.schemas.costly import pool

SEEDS = 400
NAMES = ("a", "b", "c")
PATTERNS = ("^a", "b$", "[a-c]{2,3}", "(?=a)", r"^\d+$", r"^\p{L}*$", "(a)\\1")


class Maker:
    """Makes schemas, and values that often fit them."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)

    def schema(self, depth: int = 3) -> Any:
        pick = self.pick
        if depth == 0 or pick.random() < 0.15:
            return pick.choice([{}, True, {"type": "string"}, {"type": "integer"}, {"const": "a"}])
        made: dict[str, Any] = {}
        for _ in range(pick.randint(1, 3)):
            made.update(self.keyword(depth - 1))
        return made

    def keyword(self, depth: int) -> dict[str, Any]:
        pick = self.pick
        subs = [self.schema(depth) for _ in range(pick.randint(1, 3))]
        names = pick.sample(NAMES, len(subs))
        return pick.choice(
            [
                {"type": pick.choice(["object", "array", "string", "number", "null"])},
                {"properties": dict(zip(names, subs, strict=True))},
                {"properties": {name: {"$ref": "#/$defs/x"} for name in names}},
                {"required": names},
                {"additionalProperties": pick.choice([False, subs[0]])},
                {"patternProperties": {pick.choice(PATTERNS): subs[0]}},
                {"propertyNames": {"pattern": pick.choice(PATTERNS)}},
                {"items": subs[0]},
                {"prefixItems": subs},
                {"contains": subs[0]},
                {"uniqueItems": True},
                {"minItems": pick.randint(0, 3)},
                {"pattern": pick.choice(PATTERNS)},
                {"maxLength": pick.randint(0, 4)},
                {"minimum": pick.randint(-3, 3)},
                {"multipleOf": 2},
                {"enum": ["a", 1, None, {"a": 1}]},
                {pick.choice(["anyOf", "oneOf", "allOf"]): subs},
                {"not": subs[0]},
                {"if": subs[0], "then": subs[-1]},
                {"unevaluatedProperties": False},
                {"dependentRequired": {names[0]: [pick.choice(NAMES)]}},
            ]
        )

    def value(self, depth: int = 3) -> Any:
        pick = self.pick
        plain = ["a", "ab", "bab", "12", "é", "", 0, 1, 4, -2, 2.5, True, None, 10**40]
        if depth == 0 or pick.random() < 0.3:
            return pick.choice(plain)
        inner = [self.value(depth - 1) for _ in range(pick.randint(0, 3))]
        if pick.random() < 0.5:
            return inner
        return dict(zip(pick.sample(NAMES, len(inner)), inner, strict=True))


def own_answer(schema: Any, value: Any) -> list[str]:
    """What jsonschema_rs says, as a set of messages."""
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000)
    validator = jsonschema_rs.Draft202012Validator(schema, offline=True, pattern_options=options)
    errors = list(islice(validator.iter_errors(value), MAX_REPORTED_ERRORS))
    assert validator.is_valid(value) is not bool(errors)
    return [brief(error.message) for error in errors]


def cases(seed: int) -> tuple[dict[str, Any], list[Any]]:
    maker = Maker(seed)
    schema = maker.schema(4)
    while not isinstance(schema, dict):
        schema = maker.schema(4)
    schema["$defs"] = {"x": maker.schema(2)}
    return schema, [maker.value() for _ in range(6)]


async def test_inline_and_process_checks_agree() -> None:
    inline = fitting = 0
    local = LocalSchemas()
    async with pool() as schemas:
        for seed in range(SEEDS):
            schema, values = cases(seed)
            check = SchemaCheck(schema, local)
            for value in values:
                text = json.dumps(value)
                said = own_answer(schema, value)
                local.asked.clear()
                here = await check.check(text, "input", OWN_PROCESS)
                inline += not local.asked
                there = await schemas.check(json.dumps(schema).encode(), text, "input", OWN_PROCESS)
                assert here.outcome is there.outcome is (Outcome.MISFIT if said else Outcome.FITS)
                if said:
                    assert here.reason == there.reason
                    told = [line.partition(": ")[2] for line in here.reason.split("\n- ")]
                    assert told == said, (schema, value)
                else:
                    fitting += 1
                    assert here.value == there.value == value
                    assert here.compact == there.compact
    assert inline > SEEDS
    assert fitting > SEEDS


@pytest.mark.parametrize("size", [100, 9_000])
async def test_short_texts_are_checked_inline_and_long_ones_in_a_process(size: int) -> None:
    local = LocalSchemas()
    check = SchemaCheck({"type": "object"}, local)
    checked = await check.check(json.dumps({"a": "x" * size}), "input", OWN_PROCESS)
    assert checked.outcome is Outcome.FITS
    assert bool(local.asked) is (size > 8192)


BUSY: dict[str, tuple[dict[str, Any], str]] = {
    "all": ({"allOf": [{"items": {"type": "number"}}] * 300}, "1"),
    "lengths": ({"items": {"allOf": [{"minLength": 1}] * 400}}, '"a"'),
    "patterns": ({"items": {"allOf": [{"pattern": "^[a-z]{1,9}$"}] * 20}}, '"abc"'),
    "looks": ({"items": {"pattern": "(?=a)a*$"}}, '"aaaaaaaa"'),
    "names": ({"items": {"patternProperties": {f"^p{i}": {} for i in range(25)}}}, '{"q":1}'),
    "digits": ({"items": {"minimum": 1, "maximum": 10**300}}, "9" * 300),
    "wrong": ({"items": {"type": "string", "minimum": 9, "maximum": -9, "const": 3}}, "1"),
    "missing": ({"items": {"required": [f"r{i}" for i in range(10)]}}, "{}"),
}


@pytest.mark.parametrize("name", BUSY)
async def test_inline_checks_take_little_time(name: str) -> None:
    """The worst texts that are not left to a process, by size: 1 to 6 ms when this was written."""
    schema, item = BUSY[name]
    worst, inline = 0.0, 0
    local = LocalSchemas()
    check = SchemaCheck(schema, local)
    for count in (2**power for power in range(13)):
        text = f"[{','.join([item] * count)}]"
        local.asked.clear()
        began = time.process_time()
        await check.check(text, "input", OWN_PROCESS)
        if not local.asked:
            worst, inline = max(worst, time.process_time() - began), inline + 1
    assert inline > 0
    assert worst < 0.05
