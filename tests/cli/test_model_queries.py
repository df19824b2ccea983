"""Tools that ask models, on the command line: refused without the grant, told with it."""

from __future__ import annotations

import pytest

from tests.cli.command import ROOT, Caisson

ASKING = str(ROOT / "tests" / "e2e" / "asking.js")
GRANT = "--allow-models"


@pytest.fixture
def offline(caisson: Caisson, model_variables: dict[str, str]) -> Caisson:
    """The command, with an offline model."""
    return caisson.given(model_variables)


def test_tool_asks_a_model_with_the_grant_alone(offline: Caisson) -> None:
    refused = offline("tool", ASKING, "asker", "ask", "{}", "--json")
    assert refused.status == 1
    assert refused.json["failure"]["kind"] == "CAPABILITY_DENIED"
    assert GRANT in refused.json["failure"]["message"]

    asked = offline("tool", ASKING, "asker", "ask", "{}", GRANT, "--json")
    assert asked.status == 0, asked
    (words,) = asked.json["output"]
    assert isinstance(words, str)
    assert words
    (query,) = asked.json["modelQueries"]
    assert query["model"] == "openai/gpt-inner"
    assert not query["error"]


def test_bounds_of_answers_hold_for_the_tool_alone(offline: Caisson) -> None:
    bounded = {**offline.environment, "CAISSON_EXECUTOR_MODEL_ANSWER_EVENTS": "1"}
    asked = offline.given(bounded)("tool", ASKING, "asker", "ask", "{}", GRANT, "--json")
    assert asked.status == 1
    (query,) = asked.json["modelQueries"]
    assert "1 events" in query["error"]


def test_run_shows_what_its_tools_ask(offline: Caisson) -> None:
    result = offline("run", ASKING, "Hello", GRANT)
    assert result.status == 0, result
    assert "openai/gpt-inner" in result.out + result.err


def test_inspection_suggests_the_grant(caisson: Caisson) -> None:
    result = caisson("inspect", ASKING, "--json")
    tools = result.json["agents"]["asker"]["tools"]
    assert tools["ask"]["suggestedArguments"] == [GRANT]
    assert f"asker {GRANT}" in caisson("inspect", ASKING).out
