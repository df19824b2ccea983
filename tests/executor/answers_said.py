"""Random answers: what they say, and how their parts are cut."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

TOOLS = ("add", "get_weather", "get_time", "now")
WORDS = (
    "Hello",
    " wörld",
    "\n\n",
    "data: [DONE]\n\n",
    '{"a":',
    "}",
    "👍🏽",
    "\u2028",
    " ",
    "日本",
    "\\",
)
VALUES: tuple[Any, ...] = (
    1,
    -2.5,
    True,
    None,
    "",
    "é}",
    '"\\',
    [],
    [1, {"k": "]"}],
    {},
    {"k": "{"},
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What an answer says: text, reasoning, calls with their inputs, and tokens."""

    words: Sequence[str]
    thoughts: Sequence[str]
    calls: Sequence[tuple[str, Json]]
    prompt: int
    output: int

    @property
    def text(self) -> str:
        return "".join(self.words)

    @property
    def reasoning(self) -> str:
        return "".join(self.thoughts)


@dataclass(frozen=True)
class Stream:
    """Events of a stream, the first of which that ends the answer, and what they count."""

    events: list[Any]
    ends_at: int
    counts: bool = True
    is_whole: bool = False


def said(rng: Random) -> Said:
    calls = [
        (rng.choice(TOOLS), {f"k{n}": rng.choice(VALUES) for n in range(rng.randint(1, 3))})
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3, 5)))
    ]
    calls = [(tool, {**value, "at": at}) for at, (tool, value) in enumerate(calls)]
    words = [rng.choice(WORDS) for _ in range(rng.randint(0 if calls else 1, 6))]
    thoughts = [rng.choice(WORDS) for _ in range(rng.choice((0, 0, 1, 3)))]
    return Said(words, thoughts, calls, rng.randint(1, 999), rng.randint(1, 999))


def split(rng: Random, text: str) -> list[str]:
    """Return a text in up to five pieces, none of them empty."""
    cuts = sorted({rng.randint(1, max(1, len(text) - 1)) for _ in range(rng.randint(0, 4))})
    return [text[a:b] for a, b in itertools.pairwise([0, *cuts, len(text)]) if text[a:b]]


def written(rng: Random, value: Any) -> str:
    """Return a value as JSON text, in one of the ways in which models write it."""
    return json.dumps(value, ensure_ascii=rng.random() < 0.5, separators=rng.choice(SPACED))


SPACED = ((",", ":"), (", ", ": "))


def in_runs(rng: Random, items: Sequence[Any]) -> list[list[Any]]:
    """Return items in runs of random lengths."""
    runs: list[list[Any]] = []
    for item in items:
        if runs and rng.random() < 0.5:
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs
