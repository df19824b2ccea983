"""Where an agent's tools are: an object of them, an array, or a function that returns either."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from services.executor.agent_parts import AgentPart
from services.executor.bundle.evaluate.calls import apply_function, settled_function
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    FunctionValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.syntax.diagnostics import Diagnostics

MAX_TOOLS = 500
SAME_NAME = "another tool of the list has this name: the last one counts"


@dataclass(frozen=True, eq=False)
class ListedTool:
    """One listed tool; ``key`` is None in an array, and ``path`` is its place there."""

    key: str | None
    value: Value
    path: str


def listed_tools(
    evaluator: Evaluator,
    value: Value | None,
    path: str,
    diagnostics: Diagnostics,
    taken: Callable[[Value, str], bool],
) -> Iterator[ListedTool]:
    """Yield what ``tools`` lists; entries that cannot be followed produce a diagnostic.

    An agent whose list cannot be read is disabled: it never runs without its tools. ``taken`` tells
    of a value at a path whether it is the tools of servers, which are listed elsewhere.
    """
    if value is None or isinstance(value, Undefined) or taken(value, path):
        return
    whole = evaluator.forced(value)
    if is_nullish(whole):
        return
    returned = isinstance(whole, FunctionValue)
    if isinstance(whole, FunctionValue):
        node = whole.node
        if taken(settled_function(evaluator, whole, None, node), path):
            return
        whole = evaluator.forced(apply_function(evaluator, whole, None, node))
        reason = "it is a function: read as if called with a context that is not known"
        diagnostics.info(path, reason, node)
    match whole:
        case ObjectValue():
            rests = [each.value for each in whole.opaque() if not taken(each.value, path)]
            yield from _of_object(evaluator, whole, path, diagnostics, rests, returned=returned)
        case ArrayValue():
            yield from _of_array(evaluator, whole, path, diagnostics, returned=returned)
        case _:
            reason = whole.reason if isinstance(whole, Unsupported) else "they are not listed here"
            diagnostics.ask(AgentPart.TOOLS, path, reason, whole.node, returned=returned)


def _of_object(
    evaluator: Evaluator,
    whole: ObjectValue,
    path: str,
    diagnostics: Diagnostics,
    rests: Sequence[Value],
    *,
    returned: bool,
) -> Iterator[ListedTool]:
    for rest in rests:
        _say_lost(path, rest, diagnostics, returned=returned)
    for key, node in whole.uncertain.items():
        reason = f"`{key}` is set at an unknown time"
        diagnostics.ask(AgentPart.TOOLS, path, reason, node, returned=returned)
    entries = list(whole.entries().items())
    _say_too_many(len(entries), path, whole, diagnostics)
    for key, thunk in entries[:MAX_TOOLS]:
        value = evaluator.value_of(thunk)
        if (hiding := whole.hidden_by(key)) is not None and hiding.value in rests:
            value = Unsupported("what is spread in after it may replace it", value.node)
        yield ListedTool(key, value, f"{path}.{key}")


def _of_array(
    evaluator: Evaluator,
    whole: ArrayValue,
    path: str,
    diagnostics: Diagnostics,
    *,
    returned: bool,
) -> Iterator[ListedTool]:
    if whole.opaque is not None:
        _say_lost(path, whole.opaque, diagnostics, returned=returned)
    _say_too_many(len(whole.items), path, whole, diagnostics)
    for index, thunk in enumerate(whole.items[:MAX_TOOLS]):
        yield ListedTool(None, evaluator.value_of(thunk), f"{path}[{index}]")


def _say_too_many(count: int, path: str, whole: Value, diagnostics: Diagnostics) -> None:
    if count > MAX_TOOLS:
        reason = f"it holds {count} tools: those after the first {MAX_TOOLS} are left out"
        diagnostics.error(path, reason, whole.node)


def _say_lost(path: str, value: Value, diagnostics: Diagnostics, *, returned: bool) -> None:
    reason = value.reason if isinstance(value, Unsupported) else "it cannot be followed"
    reason = f"more tools are spread in, but {reason}"
    diagnostics.ask(AgentPart.TOOLS, path, reason, value.node, returned=returned)
