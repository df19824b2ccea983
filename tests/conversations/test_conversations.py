"""What a bundle says is what runs: models hear from Caisson what they hear from the framework."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.conversations.both import Conversation, Judged, judge, project
from tests.conversations.cases import CASES, Case, Verdict
from tests.conversations.neutral import Form, Query
from tests.conversations.normal_form import normal

# The frameworks that write into a conversation what a tool's schema made of an input.
WRITES_PARSED_INPUTS = ("ai_sdk", "lightfast")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """All conversations, each agent left with its frameworks as imports."""
    folder = project(tmp_path_factory.mktemp("conversations"))
    bundles = {case.module: folder / case.module for case in CASES}
    return asyncio.run(judge(folder, CASES, bundles))


def cases(*verdicts: Verdict) -> list[object]:
    """The cases that end so; a known gap is a strict xfail."""
    found: list[object] = []
    for case in CASES:
        marks = [pytest.mark.xfail(reason=case.gap, strict=True)] if case.gap else []
        if case.verdict in verdicts:
            found.append(pytest.param(case, id=str(case), marks=marks))
    return found


def expected_of(judged: Judged, case: Case) -> list[Query]:
    """What the model hears from the framework, in the normal form."""
    writes = case.framework in WRITES_PARSED_INPUTS and not case.mends
    inputs = case.inputs if writes else None
    return _normal(case, judged.by_framework, inputs)


def heard_of(judged: Judged, case: Case) -> list[Query]:
    """What the model hears from Caisson, in the normal form."""
    return _normal(case, judged.by_caisson, None)


def _normal(
    case: Case, conversations: Mapping[str, Conversation], inputs: Mapping[str, str] | None
) -> list[Query]:
    return [normal(query, case.form, inputs) for query in conversations[str(case)].queries]


@pytest.mark.parametrize("case", cases(Verdict.EQUAL))
def test_queries_and_result_are_those_of_the_framework(judged: Judged, case: Case) -> None:
    expected = judged.by_framework[str(case)].result
    assert "answer" in expected, expected
    assert heard_of(judged, case) == expected_of(judged, case)
    assert judged.by_caisson[str(case)].result == expected


NOT_IN_CHAT = ("contents", "pictured")
IN_RESPONSES = [
    case
    for case in CASES
    if case.form is Form.RESPONSES
    and case.verdict is Verdict.EQUAL
    and (not case.gap or case.agent in NOT_IN_CHAT)
]


@pytest.mark.parametrize("case", IN_RESPONSES, ids=str)
def test_models_that_are_asked_in_the_responses_form_hear_the_same(
    judged: Judged, case: Case
) -> None:
    """As LiteLLM asks those that OpenAI has in no other form."""
    asked = judged.by_request[str(case)]
    assert {query.form for query in asked.queries} == {Form.RESPONSES}
    assert _normal(case, judged.by_request, None) == expected_of(judged, case)
    assert asked.result == judged.by_framework[str(case)].result


@pytest.mark.parametrize(
    "case", [each for each in CASES if each.is_whole and not each.gap], ids=str
)
def test_frameworks_that_do_not_stream_ask_and_answer_the_same(judged: Judged, case: Case) -> None:
    streamed, whole = judged.by_framework[str(case)], judged.by_whole_answers[str(case)]
    asked = _normal(case, judged.by_whole_answers, None)
    assert asked == _normal(case, judged.by_framework, None)
    if "error" not in streamed.result:
        assert whole.result == streamed.result


@pytest.mark.parametrize("case", cases(Verdict.WAITS))
def test_runs_go_on_alike_once_a_person_has_answered(judged: Judged, case: Case) -> None:
    assert len(judged.by_framework[str(case)].queries) == 2
    assert heard_of(judged, case) == expected_of(judged, case)
    expected = judged.by_framework[str(case)].result
    assert "answer" in expected, expected
    assert judged.by_caisson[str(case)].result == expected


@pytest.mark.parametrize("case", cases(Verdict.REFUSED))
def test_agents_that_caisson_cannot_honour_do_not_run(judged: Judged, case: Case) -> None:
    conversation = judged.by_caisson[str(case)]
    assert not conversation.queries
    assert f"agents.{case.agent}.{case.told} (line " in conversation.result["error"]


@pytest.mark.parametrize("case", cases(Verdict.TRIPPED))
def test_what_is_refused_ends_the_run_and_is_not_shown(judged: Judged, case: Case) -> None:
    assert "tripped" in judged.by_framework[str(case)].result
    expected, heard = expected_of(judged, case), heard_of(judged, case)
    assert heard == expected[: len(heard)]
    assert len(expected) - len(heard) <= 1
    result = judged.by_caisson[str(case)].result
    assert case.told in result["tripped"]
    assert all("Done" not in words for words in result["text"])


@pytest.mark.parametrize("case", cases(Verdict.FAILS))
def test_runs_that_fail_in_the_framework_fail(judged: Judged, case: Case) -> None:
    assert "error" in judged.by_framework[str(case)].result
    assert heard_of(judged, case) == expected_of(judged, case)
    assert "error" in judged.by_caisson[str(case)].result
