"""What is read of a schema takes what zod takes and refuses what zod refuses, but for a list."""

from __future__ import annotations

import json
from collections.abc import Iterator

import jsonschema_rs
import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.domain import Json
from tests.bundle.reading import DIGEST
from tests.bundle.zod_judge.corpus import BEFORE, SCHEMAS
from tests.bundle.zod_judge.departures import DEPARTURES, LESS, MORE, Departure
from tests.bundle.zod_judge.inputs import INPUTS, ROOT_INPUTS
from tests.bundle.zod_judge.judge import judge, program


def differences(dialect: str, inputs: list[Json]) -> Iterator[tuple[str, str, Json]]:
    """Yield an expression, a direction and an input that zod and the schema disagree on."""
    schemas = SCHEMAS[dialect]
    source = program(dialect, BEFORE[dialect], schemas).encode()
    agents = read_source(DIGEST, source).agents.values()
    tools = {key: tool for agent in agents for key, tool in agent.tools.items()}
    for index, verdict in enumerate(judge(dialect, BEFORE[dialect], schemas, inputs)):
        schema = tools[f"t{index}"].input_schema
        if schema is None:
            continue  # the sandbox is asked
        validator = jsonschema_rs.Draft202012Validator(schema)
        for given, accepted in zip(inputs, verdict.accepted, strict=True):
            if accepted is not None and validator.is_valid(given) != accepted:
                yield schemas[index], LESS if accepted else MORE, given


@pytest.mark.parametrize("dialect", ["classic", "mini", "three"])
def test_schema_means_what_zod_does(dialect: str) -> None:
    unexplained: dict[str, str] = {}
    used: set[Departure] = set()
    for inputs in (INPUTS, ROOT_INPUTS):
        for expression, direction, given in differences(dialect, inputs):
            fits = [e for e in DEPARTURES if e.holds(dialect, direction, expression)]
            used.update(fits[:1])
            if not fits:
                unexplained[f"{direction} {expression}"] = json.dumps(given)
    assert unexplained == {}
    assert [e for e in DEPARTURES if e.dialects == (dialect,) and e not in used] == []


def test_corpus_has_enough_samples() -> None:
    assert len(INPUTS) > 150
    assert len(ROOT_INPUTS) > 30
