"""Tools that ask models themselves: the same queries and results as by their frameworks in Node."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.conversations.both import HERE, Judged, judge, project
from tests.conversations.cases import Case, calls, says
from tests.conversations.test_conversations import expected_of, heard_of
from tests.executor.provider_forms import Spoken
from tests.repeats import some

ASK = calls(("ask", {"topic": "Oslo"}))
DONE, RAIN = says("Done", "."), says("It ", "rains", ".")
ADD = calls(("add", {"a": 2}), words=["Adding", "."])
TWO = calls(("add", {"a": 2, "b": 3}), ("fails", {}))
ODD = calls(("add", {"a": "x"}), ("none", {}))
TYPED = says('{"city":"Oslo",', '"days":2}')
SUM = calls(("add", {"a": 2, "b": 3}))
NULLABLE = calls(("add", {"a": 2, "b": 3}), ("add", {"a": 1, "b": None}))
MOOD = says('{"mood":"go', 'od","score":2}')


def case(framework: str, agent: str, *inner: Spoken, model: str = "") -> Case:
    """A case whose agent calls its tool, which asks a model until ``inner`` is over."""
    return Case(framework, agent, [ASK, *inner, DONE], model=model)


CASES: Sequence[Case] = [
    case("ai_sdk", "texts", RAIN),
    case("ai_sdk", "looping", ADD, TWO, ODD, RAIN),
    case("ai_sdk", "oneStep", ADD),
    case("ai_sdk", "stopping", ADD),
    case("ai_sdk", "clientTool", calls(("show", {"what": "it"}))),
    case("ai_sdk", "preparing", ADD, RAIN),
    case("ai_sdk", "stepContexts", ADD, RAIN),
    case("ai_sdk", "streaming", ADD, RAIN),
    case("ai_sdk", "fullStream", ADD, RAIN),
    case("ai_sdk", "objects", MOOD, model="gpt-4.1"),
    case("ai_sdk", "outputs", MOOD, model="gpt-4o"),
    case(
        "ai_sdk", "lists", says('{"elements":[{"name":"a"},', '{"name":"b"}]}'), model="gpt-4o-mini"
    ),
    case("ai_sdk", "choices", says('{"result":"good"}'), model="gpt-4.1-mini"),
    case("ai_sdk", "misfits", says('{"mood":"odd"}'), model="gpt-5-mini"),
    case("ai_sdk", "objectStream", MOOD, model="gpt-4.1-nano"),
    case("ai_sdk", "parallel", RAIN, RAIN, RAIN),
    case("ai_sdk", "subAgent", ADD, RAIN),
    case("ai_sdk", "subStream", ADD, RAIN),
    case("ai_sdk", "nested", calls(("deeper", {"topic": "sea"})), RAIN, DONE),
    case("ai_sdk", "embedding"),
    case("ai_sdk", "embeddings"),
    case("ai_sdk", "embeddingByName"),
    case("ai_sdk", "failedEmbedding"),
    case("ai_sdk", "unlikeVectors"),
    case("openai_agents", "running", RAIN),
    case("openai_agents", "tooled", NULLABLE, RAIN),
    case("openai_agents", "contexts", calls(("add", {"near": True})), RAIN),
    case("openai_agents", "typed", TYPED, model="gpt-4.1-nano-2025-04-14"),
    case("openai_agents", "turns", NULLABLE),
    case("openai_agents", "stopped", NULLABLE),
    case("openai_agents", "continued", RAIN, RAIN),
    case("openai_agents", "runners", RAIN),
    case("openai_agents", "streams", NULLABLE, RAIN),
    case("openai_agents", "textStream", RAIN),
    case("openai_agents", "guards"),
    case("openai_agents", "classes", NULLABLE, RAIN),
    case("mastra", "asking", RAIN),
    case("mastra", "working", SUM, RAIN),
    case("mastra", "cut", SUM),
    case("mastra", "shaping", MOOD, model="gpt-4o-2024-08-06"),
    case("mastra", "placing", RAIN),
    case("mastra", "flow", SUM, RAIN),
    case("mastra", "chunks", RAIN),
    case("mastra", "watching", SUM, RAIN, SUM, RAIN),
]


ASKED = some(CASES, 3, lambda case: case.framework)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """All conversations, each agent left with its framework as an import."""
    folder = project(tmp_path_factory.mktemp("inner"), HERE / "inner")
    bundles = {each.module: folder / each.module for each in ASKED}
    return asyncio.run(judge(folder, ASKED, bundles, tool_models="always"))


@pytest.mark.parametrize("case", ASKED, ids=str)
def test_tools_ask_and_see_what_they_do_with_the_framework(judged: Judged, case: Case) -> None:
    expected = judged.by_framework[str(case)].result
    assert expected == {"answer": "Done."}
    assert heard_of(judged, case) == expected_of(judged, case)
    assert judged.by_caisson[str(case)].result == expected
    asked = judged.by_caisson[str(case)].embedded
    assert asked == judged.by_framework[str(case)].embedded
    assert bool(asked) == ("mbedding" in case.agent)
