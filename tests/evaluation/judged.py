"""Evaluates texts with our evaluator and with Node, in the same terms, and tells differences.

A value is a list: its kind, then what it holds. ``None`` is what we do not know; it may stand for
anything, at any depth.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, TypeAlias

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    BigInt,
    ClassValue,
    Constant,
    FunctionValue,
    ObjectValue,
    Undefined,
    Value,
    raw_text,
)
from services.executor.bundle.syntax.numeric import number_text
from services.executor.bundle.syntax.parse import parse_program
from tests.npm import node

Shown: TypeAlias = list[Any] | None
TIMEOUT_S = 60


def by_node(texts: list[str]) -> list[list[Any]]:
    """Return what Node makes of each expression; one process for all."""
    done = subprocess.run(
        [node(), str(Path(__file__).parent / "judge.mjs")],
        input=json.dumps(texts).encode(),
        capture_output=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    return [json.loads(line) for line in done.stdout.split(b"\n") if line]


def by_us(texts: list[str]) -> list[Shown]:
    """Return what we make of each expression."""
    program = "\n".join(f"const value{i} = ({text});" for i, text in enumerate(texts))
    parsed = parse_program(program)
    evaluator = Evaluator(parsed.tree, max_steps=20_000_000)
    found: list[Shown] = []
    for statement in parsed.program.body:
        name = statement.declarations[0].id
        value = evaluator.forced(evaluator.evaluate(name, evaluator.root))
        found.append(shown(evaluator, value))
    return found


def shown(evaluator: Evaluator, value: Value) -> Shown:
    """Return a value in the terms of ``judge.mjs``."""
    match value:
        case Undefined():
            return ["undefined"]
        case Constant(None):
            return ["null"]
        case Constant(bool() as truth):
            return ["boolean", truth]
        case Constant(str()):
            return ["string", raw_text(value)]
        case Constant(number):
            assert isinstance(number, (int, float))
            negative_zero = number == 0 and str(number).startswith("-")
            return ["number", "-0" if negative_zero else number_text(number)]
        case BigInt(number):
            return ["bigint", str(number)]
        case FunctionValue() | ClassValue():
            return ["function"]
        case ArrayValue(items=items, opaque=None):
            return ["array", [shown(evaluator, evaluator.settled(item)) for item in items]]
        case ObjectValue() if not value.opaque() and not value.uncertain:
            pairs = value.entries().items()
            return ["object", [[key, shown(evaluator, evaluator.settled(t))] for key, t in pairs]]
        case _:
            return None


def same(ours: Any, theirs: Any) -> bool:
    """Tell whether two values are the same, but for what we do not know."""
    if ours is None:
        return True
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            same(mine, other) for mine, other in zip(ours, theirs, strict=True)
        )
    return bool(ours == theirs)


def differences(texts: list[str]) -> list[str]:
    """Return a line for each expression of which we say something else than Node.

    One that throws is not judged: a bundle that throws as it loads has no agents to read.
    """
    return [
        f"{text}\n  we: {ours}\n  Node: {theirs}"
        for text, ours, theirs in zip(texts, by_us(texts), by_node(texts), strict=True)
        if theirs[:1] != ["thrown"] and not same(ours, theirs)
    ]
