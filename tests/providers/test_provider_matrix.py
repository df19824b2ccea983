"""Every provider by its documented facts: what it streams is read, what it is sent is taken."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from services.executor.adapters.litellm.abilities import listed
from services.executor.agent.attempts import RetryPolicy
from services.executor.agent.usage_costs import with_cost
from services.executor.conversation import (
    AssistantMessage,
    FinishReason,
    MediaKind,
    MediaPart,
    Message,
    TextPart,
    ToolMessage,
    UsageSource,
    UserMessage,
)
from services.executor.domain import JsonObject
from services.executor.errors import (
    ModelAuthError,
    ModelContextError,
    ModelError,
    ModelQuotaError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelSettingError,
    ModelUnavailableError,
    RequestError,
)
from services.executor.providers.names import parse_model
from tests.executor.provider_forms import Call, Spoken
from tests.providers.asking import HI, Asking
from tests.providers.facts import Facts, Fault, Form, Stop
from tests.providers.requests_taken import sent_back
from tests.providers.stand_in import PROVIDERS, broken_piece, pieces_of

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings"),  # the adapter's own filter
]

WORDS = ("Let ", "me ", "add thr\u00e9e.")
THOUGHTS = ("Hm, ", "add.")
CALLS = (
    Call("", "add", ('{"a"', ":1,", '"b":2}')),
    Call("", "add", ('{"a":3,', '"b":4}')),
)
REASONS = {
    Stop.END: FinishReason.STOP,
    Stop.LENGTH: FinishReason.LENGTH,
    Stop.CALLS: FinishReason.TOOL_CALLS,
    Stop.FILTER: FinishReason.CONTENT_FILTER,
}
KINDS: dict[Fault, tuple[type[ModelError], bool]] = {
    Fault.RATE: (ModelRateLimitError, True),
    Fault.BURST: (ModelRateLimitError, True),
    Fault.KEY: (ModelAuthError, False),
    Fault.LONG: (ModelContextError, False),
    Fault.CREDIT: (ModelQuotaError, False),
    Fault.BUSY: (ModelUnavailableError, True),
    Fault.FILTER: (ModelRefusedError, False),
}
SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"sum": {"type": "number"}},
    "required": ["sum"],
    "additionalProperties": False,
}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "f8cfc0f01f0005000181d8d2e80000000049454e44ae426082"
)
IMAGE = MediaPart(MediaKind.IMAGE, "image/png", PIXEL)


# Forms whose results hold images; other models get them later, if LiteLLM's list says they see.
IN_RESULTS = {Form.ANTHROPIC, Form.CONVERSE, Form.RESPONSES}


def some(keep: object = None) -> pytest.MarkDecorator:
    """Return the providers for which ``keep`` holds, as a parameter."""
    rows = [facts for facts in PROVIDERS.values() if keep is None or keep(facts)]  # type: ignore[operator]
    return pytest.mark.parametrize("facts", rows, ids=str)


@some()
async def test_text_is_read_with_its_usage_and_cost(facts: Facts, ask: Asking) -> None:
    ask.server.says(facts, pieces_of(facts, Spoken(words=WORDS), Stop.END))
    answer = await ask.read(ask.query(facts))
    assert answer.message.text == "".join(WORDS)
    assert answer.finish_reason is FinishReason.STOP
    usage = answer.usage
    counts = (usage.input_tokens, usage.output_tokens)
    assert (*counts, usage.cached_input_tokens, usage.reasoning_tokens) == facts.counted
    assert usage.source is UsageSource.PROVIDER
    price = await ask.prices.price_of(facts.model)
    if price is not None:
        cached = usage.cached_input_tokens
        cost = (100 - cached) * price.input + cached * price.cached_input + 30 * price.output
        assert with_cost(usage, price).cost_usd == pytest.approx(cost)


@some(lambda facts: facts.reasoning)
async def test_reasoning_is_kept_apart_from_the_text(facts: Facts, ask: Asking) -> None:
    spoken = Spoken(words=WORDS, reasoning=THOUGHTS)
    ask.server.says(facts, pieces_of(facts, spoken, Stop.END))
    answer = await ask.read(ask.query(facts))
    assert answer.message.text == "".join(WORDS)
    assert "".join(block.text for block in answer.message.reasoning) == "".join(THOUGHTS)


@some(lambda facts: facts.tools)
@pytest.mark.parametrize("number", [1, 2])
async def test_calls_and_results_go_there_and_back(number: int, facts: Facts, ask: Asking) -> None:
    """With text and reasoning, by a provider that refuses what it would refuse of a next turn."""
    spoken = Spoken(
        words=WORDS, calls=CALLS[:number], reasoning=THOUGHTS if facts.reasoning else ()
    )
    ask.server.says(
        facts,
        pieces_of(facts, spoken, Stop.CALLS),
        pieces_of(facts, Spoken(words=("3",)), Stop.END),
    )
    first = await ask.read(ask.query(facts))
    assert first.finish_reason is FinishReason.TOOL_CALLS
    found = [(call.tool, call.input_text.replace(" ", "")) for call in first.message.calls]
    assert found == [("add", call.input_text) for call in CALLS[:number]]
    assert first.message.text == "".join(WORDS)
    second = await ask.read(ask.query(facts, turn_of(first.message)))
    assert second.message.text == "3"
    messages = ask.server.requests[facts.name][1].get("messages", [])
    assert facts.form is not Form.CHAT or sent_back(facts, messages[2])


def turn_of(said: AssistantMessage) -> tuple[Message, ...]:
    answers = (ToolMessage(call.id, call.tool, "3") for call in said.calls)
    return (*HI, said, *answers)


@some()
@pytest.mark.parametrize("with_tools", [False, True], ids=["alone", "with tools"])
async def test_schema_is_enforced_or_told(with_tools: bool, facts: Facts, ask: Asking) -> None:
    """In a form of response that the provider takes, else in the prompt.

    A server that refuses the form of others of its kind is asked once more without.
    """
    spoken = Spoken(words=('{"sum"', ":3}"))
    answer_pieces = pieces_of(facts, spoken, Stop.END)
    ask.server.says(facts, answer_pieces, answer_pieces)
    query = ask.query(facts, schema=SCHEMA) if with_tools else ask.query(facts, HI, (), SCHEMA)
    try:
        answer = await ask.read(query)
    except ModelSettingError as error:
        assert not facts.schema
        answer = await ask.read(replace(query, left_out={query.model: (error.setting,)}))
    assert answer.message.text == '{"sum":3}'
    assert "sum" in str(ask.server.requests[facts.name][-1])


@some()
async def test_image_is_sent_or_refused_before_asking(facts: Facts, ask: Asking) -> None:
    ask.server.says(facts, pieces_of(facts, Spoken(words=WORDS), Stop.END))
    query = ask.query(facts, (UserMessage("see", (IMAGE,)),))
    if not facts.images:
        with pytest.raises(RequestError, match="image"):
            await ask.read(query)
        return
    assert (await ask.read(query)).message.text == "".join(WORDS)
    assert "iVBORw0KGgo" in str(ask.server.requests[facts.name][0])


@some(lambda facts: facts.tools)
async def test_images_of_results_are_sent_where_the_form_has_them(
    facts: Facts, ask: Asking
) -> None:
    """In the result, or else in a user's message after all results; else the text stands alone."""
    spoken = Spoken(calls=CALLS, reasoning=THOUGHTS if facts.reasoning else ())
    ask.server.says(
        facts,
        pieces_of(facts, spoken, Stop.CALLS),
        pieces_of(facts, Spoken(words=("3",)), Stop.END),
    )
    said = (await ask.read(ask.query(facts))).message
    results = (
        ToolMessage(call.id, call.tool, "[an image]", parts=(TextPart("a cat"), IMAGE))
        for call in said.calls
    )
    answer = await ask.read(ask.query(facts, (*HI, said, *results)))
    assert answer.message.text == "3"
    request = str(ask.server.requests[facts.name][1])
    info = listed(parse_model(facts.model), await ask.model.load())
    is_seen = facts.form in IN_RESULTS or info.get("supports_vision")
    assert request.count("iVBORw0KGgo") == (2 if is_seen else 0)
    assert ("[an image]" in request) is (facts.form not in IN_RESULTS)


STOPS = [
    (facts, stop)
    for facts in PROVIDERS.values()
    for stop in facts.stops
    if stop not in {Stop.END, Stop.CALLS}
]


@pytest.mark.parametrize(
    ("facts", "stop"), STOPS, ids=[f"{facts}, {stop.value}" for facts, stop in STOPS]
)
async def test_stop_has_its_reason(facts: Facts, stop: Stop, ask: Asking) -> None:
    """One that means failure is an error, never an answer."""
    ask.server.says(facts, pieces_of(facts, Spoken(words=WORDS), stop))
    if stop is Stop.BROKEN:
        with pytest.raises(ModelUnavailableError, match=facts.stops[stop]):
            await ask.read(ask.query(facts))
        return
    answer = await ask.read(ask.query(facts))
    assert (answer.message.text, answer.finish_reason) == ("".join(WORDS), REASONS[stop])


FAULTS = [(facts, fault) for facts in PROVIDERS.values() for fault in facts.errors]


@pytest.mark.parametrize(
    ("facts", "fault"), FAULTS, ids=[f"{facts}, {fault.value}" for facts, fault in FAULTS]
)
async def test_error_has_its_kind_words_and_retry(facts: Facts, fault: Fault, ask: Asking) -> None:
    refusal = facts.errors[fault]
    ask.server.says(facts, refusal)
    kind, is_retried = KINDS[fault]
    with pytest.raises(kind) as caught:
        await ask.read(ask.query(facts))
    assert type(caught.value) is kind
    wait_s = RetryPolicy().wait_before(1, caught.value)
    assert (wait_s is not None) is is_retried
    if is_retried and (refusal.headers or "retryDelay" in str(refusal.body)):
        assert wait_s == 3.0
    if kind is not ModelAuthError:
        assert " ".join(words_of(refusal.body).split()).rstrip(".") in str(caught.value)


@some(lambda facts: facts.unconfirmed)
async def test_unconfirmed_facts_are_named_as_they_are(facts: Facts) -> None:
    known = {each.name for each in fields(Facts)} | {fault.value for fault in facts.errors}
    assert set(facts.unconfirmed) <= known | {"calls", "errors"}


def words_of(body: object) -> str:
    """Return the provider's words in an error of any form."""
    while isinstance(body, list):
        body = body[0]
    if isinstance(body, str):
        return body
    assert isinstance(body, dict)
    names = ("response", "error", "errors", "base_resp", "message", "status_msg", "detail")
    return words_of(next(body[name] for name in names if name in body))


@some()
async def test_error_in_the_stream_is_typed(facts: Facts, ask: Asking) -> None:
    whole = pieces_of(facts, Spoken(words=WORDS), Stop.END)
    ask.server.says(facts, [*whole[:4], broken_piece(facts)])
    with pytest.raises(ModelError) as caught:
        await ask.read(ask.query(facts))
    said = facts.breaks
    if facts.form in {Form.CONVERSE, Form.COHERE}:
        said = next(iter(said.values())) if facts.form is Form.CONVERSE else said["delta"]["error"]
    assert words_of(said).rstrip(".") in str(caught.value)


@some()
async def test_cut_stream_is_never_an_answer(facts: Facts, ask: Asking) -> None:
    """Cut after each event; what follows the finish reason may be missing."""
    spoken = Spoken(words=WORDS, calls=CALLS[:1] if facts.tools else ())
    stop = Stop.CALLS if facts.tools else Stop.END
    whole = pieces_of(facts, spoken, stop)
    cuts = [whole[:at] for at in range(len(whole))]
    ask.server.says(facts, *cuts)
    answers = []
    for cut in cuts:
        try:
            answers.append(await ask.read(ask.query(facts)))
        except ModelUnavailableError:
            assert not answers, len(cut)
    for answer in answers:
        assert answer.message.text == "".join(WORDS)
        assert len(answer.message.calls) == len(spoken.calls)
    assert len(answers) <= 3
