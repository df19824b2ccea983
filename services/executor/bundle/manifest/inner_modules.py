"""CommonJS modules inside of a bundle, entered from within.

What is in such a module's function is known only with what bundlers call it with: ``exports``,
``module``, and webpack's ``require``. esbuild, rolldown and bun give the function to a helper,
webpack, rspack and ncc keep it in a map.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.executor.bundle.evaluate.commonjs import (
    REQUIRE,
    asks_a_map,
    run_module,
    wraps_modules,
)
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import Env, FunctionValue, Thunk
from services.executor.bundle.index.enclosing import enclosing
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node

MAX_CALLS = 20
# Between a map's member and the `exports` that its call is given.
_CALLED = r"\[[\w$]+\](?:\.call)?\([^;]{0,80}?\.exports"


@dataclass(frozen=True, eq=False)
class InnerModule:
    """A module's function, and the expression around it that loads the module, once, or none."""

    function: Node
    loads: str


def enter_module(
    evaluator: Evaluator, parsed: ParsedProgram, above: Sequence[Node], node: Node, place: Env
) -> InnerModule | None:
    """Evaluate the module of a function, so that its parameters are known.

    Args:
        evaluator: evaluates the program.
        parsed: the program.
        above: the nodes around the function, from the program inwards.
        node: the function.
        place: the names and values around it.

    Returns:
        The module; None when the function is not one's.
    """
    if node.body.type != "BlockStatement" or node.isAsync or node.generator:
        return None
    found = _wrapped(evaluator, above, node, place) or _mapped(
        evaluator, parsed, above, node, place
    )
    if found is None:
        return None
    roles, loads = found
    run_module(evaluator, FunctionValue(node, place), roles, node)
    return InnerModule(node, loads)


def _wrapped(
    evaluator: Evaluator, above: Sequence[Node], node: Node, place: Env
) -> tuple[tuple[str | Thunk, ...], str] | None:
    """Return what ``require_x = wrap((exports, module) => {...})`` calls a function with."""
    given, call = node, above[-1]
    if len(above) > 3 and call.type == "Property":
        given, call = above[-2], above[-3]
    if call.type != "CallExpression" or [given] != list(call.arguments):
        return None
    helper = evaluator.forced(evaluator.evaluate(call.callee, place))
    roles = wraps_modules(helper)
    at = above.index(call)
    held = above[at - 1] if at else call
    is_named = held.type == "VariableDeclarator" and held.id.type == "Identifier"
    return None if roles is None else (roles, f"{held.id.name}()" if is_named else "")


def _mapped(
    evaluator: Evaluator, parsed: ParsedProgram, above: Sequence[Node], node: Node, place: Env
) -> tuple[tuple[str | Thunk, ...], str] | None:
    """Return what webpack's ``require`` calls a function of its map with."""
    at = -2 if above[-1].type == "Property" else -1
    if len(above) < 3 or above[at].type not in ("ArrayExpression", "ObjectExpression"):
        return None
    declared = above[at - 1]
    if declared.type != "VariableDeclarator" or declared.id.type != "Identifier":
        return None
    for function, around in _askers(evaluator, parsed, declared, place):
        modules, roles = asks_a_map(function) or (None, ())
        if modules is None or modules.name != declared.id.name or function.id is None:
            continue
        itself = Thunk(function.id, around)
        key = _key(above[-1], node)
        loads = f"{function.id.name}({key})" if key else ""
        return tuple(itself if role == REQUIRE else role for role in roles), loads
    return None


def _askers(
    evaluator: Evaluator, parsed: ParsedProgram, declared: Node, place: Env
) -> Iterator[tuple[Node, Env]]:
    """Yield the functions beside a map that call members of it, each with the place it is in."""
    name = re.escape(str(declared.id.name))
    calls = re.compile(rf"(?<![\w$.]){name}{_CALLED}")
    for _, found in zip(range(MAX_CALLS), calls.finditer(parsed.text, declared._end), strict=False):
        path = enclosing(parsed, found.start())
        functions = [each for each in path if each.type in FUNCTION_TYPES]
        if functions and evaluator.tree.of(functions[-1], place.scope).parent is place.scope:
            yield functions[-1], place


def _key(holder: Node, node: Node) -> str:
    """Return how a map's function is named there, as the text of an expression; empty for none."""
    if holder.type == "ArrayExpression":
        return str(next(i for i, each in enumerate(holder.elements) if each is node))
    if holder.computed:
        return ""
    key = holder.key
    return json.dumps(key.value if key.type == "Literal" else str(key.name))
