"""Answers of models by chance: whole ones in every form that providers have, and broken ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from services.executor.agent.deltas import (
    CallPiece,
    Finished,
    ReasoningPiece,
    TextPiece,
)
from services.executor.conversation import FinishReason, ReasoningBlock
from services.executor.errors import (
    ModelAuthError,
    ModelRateLimitError,
    ModelRefusedError,
    ModelSettingError,
    ModelUnavailableError,
    RequestError,
    UnknownModelError,
)
from tests.simulation.chance import dice
from tests.simulation.handoffs import with_handoffs
from tests.simulation.scripts import (
    AnswerScript,
    BrokenError,
    Fault,
    Piece,
    Said,
    Spent,
    WantedCall,
)

WORDS = ("sun ", "Regen ", "снег ", "wind\n", "🌦 ")
GOOD_INPUTS = ('{"a": 1, "b": 2}', '{"b":2.5,"a":-1}')
# Each closed: what is not may go on with the next piece that has a name.
BAD_INPUTS = (
    '{"a": }',
    '{"a": 1}',
    '{"a": "x", "b": 2}',
    "[]",
    "",
    '{"a": NaN}',
    "[" * 2000 + "]" * 2000,
)
TOOLS = ("add", "add", "slow", "slow", "nonsense", "")
USUAL_TOOLS = ("add", "slow")
GOOD_ANSWERS = (('{"x"', ": 1}"), ("```json\n", '{"x": 2}', "\n```"))
BAD_ANSWERS = (("{", "oops"), ('{"x": "one"}',), ())
REASONS = (FinishReason.STOP,) * 4 + (FinishReason.LENGTH, FinishReason.CONTENT_FILTER)
# The outages stand twice: they are what is asked again.
ERRORS = (
    *(ModelRateLimitError, ModelUnavailableError) * 3,
    *(ModelAuthError, ModelRefusedError, UnknownModelError, RequestError, BrokenError),
    ModelSettingError,
)
WAITS = (None, None, 0.0, 0.5, 7.0, 3600.0)


def answer_script(
    seed: int,
    run: int,
    number: int,
    calm: float,
    *,
    tools: bool,
    schema: bool,
    handoffs: Sequence[str] = (),
) -> AnswerScript:
    """Return the ``number``-th answer of a run's models, to which ``handoffs`` are offered."""
    rng = dice(seed, "answer", run, number)
    broken = rng.random() > calm
    confused = dice(seed, "confused", run).random() < 0.05
    odd = broken or confused or rng.random() < 0.2
    calls = _wanted(rng, odd=odd) if tools and (confused or rng.random() < 0.6) else []
    if confused:
        calls = [replace(call, tool="nonsense", is_valid=False) for call in calls]
    calls = with_handoffs(calls, seed, run, number, handoffs)
    whole = _whole(rng, calls, odd=odd, schema=schema)
    return _broken(rng, whole) if broken and rng.random() < 0.8 else whole


def _whole(rng: random.Random, calls: list[WantedCall], *, odd: bool, schema: bool) -> AnswerScript:
    blocks, said = _reasoning(rng)
    fits = bool(schema and not calls and rng.random() < 0.7)
    if schema and not calls:
        said += [TextPiece(word) for word in rng.choice(GOOD_ANSWERS if fits else BAD_ANSWERS)]
    else:
        said += _words(rng)
    said += _call_pieces(rng, calls, odd=odd)
    if calls and rng.random() < 0.2:
        said += _words(rng)
    if not blocks and not schema and rng.random() < 0.02:
        blocks, said = _long(said)
    said.append(Finished(FinishReason.TOOL_CALLS if calls else rng.choice(REASONS)))
    return AnswerScript(
        pieces=tuple(Piece(each, _wait(rng)) for each in _counted(rng, said)),
        calls=tuple(calls),
        reasoning=tuple(blocks),
        fits=fits,
        close_s=rng.choice((0.0, 0.0, 0.02)),
    )


def _broken(rng: random.Random, whole: AnswerScript) -> AnswerScript:
    """Return the answer cut short: by an error, by silence, or by an end without a reason."""
    counted = isinstance(whole.pieces[0].said, Spent)  # before anything is seen
    at = rng.choice((0, int(counted), rng.randrange(len(whole.pieces) + 1)))
    cut = replace(whole, pieces=whole.pieces[:at])
    how = rng.random()
    if how < 0.7:
        return replace(cut, fault=Fault(rng.choice(ERRORS), rng.choice(WAITS)))
    if how < 0.85:
        return replace(cut, fault=Fault(None))
    pieces = tuple(each for each in cut.pieces if not isinstance(each.said, Finished))
    return replace(cut, pieces=pieces)


def _wait(rng: random.Random) -> float | None:
    roll = rng.random()
    if roll < 0.4:
        return None
    if roll < 0.7:
        return 0.0
    return rng.random() * (0.2 if roll < 0.96 else 5.0)


def _counted(rng: random.Random, said: list[Said]) -> list[Said]:
    """Put reports of tokens where providers have them: first, last, behind the end, nowhere."""
    prompt, answer = rng.choice((1.0, 0.5 + rng.random() / 2)), rng.choice((1.0, rng.random()))
    if rng.random() < 0.3:
        said.insert(0, Spent(prompt, 0.0))
    if rng.random() < 0.9:
        said.insert(len(said) - rng.choice((0, 1)), Spent(prompt, answer))
    return said


def _words(rng: random.Random) -> list[Said]:
    return [TextPiece(rng.choice(WORDS)) for _ in range(rng.choice((0, 1, 2, 5)))]


def _reasoning(rng: random.Random) -> tuple[list[ReasoningBlock], list[Said]]:
    """Return blocks, each with what proves it but perhaps the last, and the pieces of them."""
    blocks: list[ReasoningBlock] = []
    said: list[Said] = []
    for at in range(rng.choice((0, 0, 0, 1, 2))):
        if rng.random() < 0.2:
            blocks.append(ReasoningBlock("", redacted=f"sealed-{at}"))
            said.append(ReasoningPiece("", redacted=f"sealed-{at}"))
            continue
        texts = [rng.choice(WORDS) for _ in range(rng.randint(1, 3))]
        said += [ReasoningPiece(text) for text in texts]
        blocks.append(ReasoningBlock("".join(texts), f"proof-{at}"))
        said.append(ReasoningPiece("", f"proof-{at}"))
    if rng.random() < 0.1:
        blocks.append(ReasoningBlock("hm"))
        said.append(ReasoningPiece("hm"))
    return blocks, said


def _long(said: list[Said]) -> tuple[list[ReasoningBlock], list[Said]]:
    """Return an answer of more events than wait for a reader."""
    turns: list[Said] = [ReasoningPiece("so "), TextPiece("on ")] * 70
    return [ReasoningBlock("so " * 70)], [*turns, *said]


def _wanted(rng: random.Random, *, odd: bool) -> list[WantedCall]:
    most = 140 if odd and rng.random() < 0.02 else rng.choice((1, 1, 2, 4))
    *calls, last = [_wanted_call(rng, at, odd=odd) for at in range(most)]
    # A blank input may be the head of the next call of the same tool.
    return [*(replace(call, input_text=call.input_text or "[]") for call in calls), last]


def _wanted_call(rng: random.Random, at: int, *, odd: bool) -> WantedCall:
    ids = (f"call-{rng.randrange(4)}", "", "i" * 200) if odd else (f"c{rng.getrandbits(40)}",)
    tool = rng.choice(TOOLS if odd else USUAL_TOOLS)
    tool = tool or ("nonsense" if at else "")  # what has no name may be the rest of the call before
    is_bad = odd and rng.random() < 0.4
    text = rng.choice(BAD_INPUTS if is_bad else GOOD_INPUTS)
    valid = not is_bad and tool in USUAL_TOOLS
    return WantedCall(rng.choice(ids), tool, text, valid, rng.choice(("", "", f"proof-of-{at}")))


def _call_pieces(rng: random.Random, calls: Sequence[WantedCall], *, odd: bool) -> list[Said]:
    """Write calls as providers do: numbered, mixed, all of one number, or without numbers."""
    unique = len({call.id for call in calls} - {""}) == len(calls)
    way = rng.choice(("numbered", "numbered", "mixed", "same number", "no numbers"))
    if way == "same number" and not all(call.tool for call in calls):
        way = "numbered"  # who numbers no calls names them
    if way == "mixed" or not unique:
        written = [_one_call(rng, at, call, odd=odd) for at, call in enumerate(calls)]
        return _mixed(rng, written) if way == "mixed" else [each for one in written for each in one]
    numbers = {"same number": 0, "no numbers": None}
    return [
        each
        for at, call in enumerate(calls)
        for each in _one_call(rng, numbers.get(way, at), call, odd=odd and way == "numbered")
    ]


def _one_call(rng: random.Random, index: int | None, call: WantedCall, *, odd: bool) -> list[Said]:
    """Write one call in pieces; where it is odd its name and its id may come late."""
    text, cut = call.input_text, rng.randrange(len(call.input_text) + 1)
    texts = rng.choice(([text], [text[:cut], text[cut:]], ["", text[:cut], text[cut:]]))
    named_at = rng.randrange(len(texts)) if odd else 0
    late_id = "late" if odd and not call.id and rng.random() < 0.3 else ""
    repeated = call.id if rng.random() < 0.3 else late_id
    return [
        CallPiece(
            index,
            repeated if at else call.id,
            call.tool if at == named_at else "",
            each,
            call.signature if at == 0 else "",
        )
        for at, each in enumerate(texts)
    ]


def _mixed(rng: random.Random, written: list[list[Said]]) -> list[Said]:
    """Return the pieces of several calls mixed, those of each in their order."""
    first = [pieces[0] for pieces in written]
    rest = [pieces[1:] for pieces in written]
    mixed: list[Said] = [*first]
    while any(rest):
        mixed.append(rng.choice([pieces for pieces in rest if pieces]).pop(0))
    return mixed
