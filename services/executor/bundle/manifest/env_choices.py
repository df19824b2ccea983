"""Tells whether variables of the environment choose what a list holds, functions aside."""

from __future__ import annotations

from services.executor.bundle.evaluate.values import Env, Thunk
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.syntax.scope import BindingKind
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, children_with_names

MAX_NODES = 10_000


def are_chosen(reach: ToolReach, thunk: Thunk) -> bool:
    """Tell whether a condition on the environment chooses a part of a value.

    As in ``{...(process.env.X ? {extra} : {})}``. What is in functions is chosen by each call.
    A value that is too large to be read to the end counts as chosen.
    """
    if thunk.node is None or thunk.env is None:
        return False
    stack: list[tuple[Node, Env]] = [(thunk.node, thunk.env)]
    seen: set[int] = set()
    while stack:
        node, env = stack.pop()
        if id(node) in seen or node.type in FUNCTION_TYPES:
            continue
        if len(seen) == MAX_NODES:
            return True
        seen.add(id(node))
        test = _test(node)
        if test is not None and reach.reads_env(Thunk(test, env)):
            return True
        if node.type != "Identifier":
            stack += [(child, env) for child in children_with_names(node)]
            continue
        binding = env.scope.lookup(str(node.name))
        if binding is not None and binding.kind is BindingKind.VARIABLE and binding.value:
            stack.append((binding.value, Env(binding.home or binding.scope, env.frame)))
    return False


def _test(node: Node) -> Node | None:
    if node.type == "ConditionalExpression":
        return node.test
    return node.left if node.type == "LogicalExpression" else None
