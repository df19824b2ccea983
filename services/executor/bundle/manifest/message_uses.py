"""Whether a function of a tool may look at the conversation: its messages are sent only if so."""

from __future__ import annotations

from services.executor.bundle.syntax.syntax import Node, descendants, property_name

MAX_NODES = 5000
# Where the frameworks put the messages in the argument after the input.
_NAMES = frozenset({"agent", "messages"})


def may_see_messages(function: Node) -> bool:
    """Tell whether a function may read its second argument's messages, or hand that on."""
    params = function.params
    if any(param.type == "RestElement" for param in params):
        return True
    is_arrow = function.type == "ArrowFunctionExpression"
    nodes = list(descendants(function.body, MAX_NODES + 1))
    if len(nodes) > MAX_NODES:
        return len(params) > 1 or not is_arrow
    if not is_arrow and any(_is_named(node, "arguments") for node in nodes):
        return True
    if len(params) < 2:
        return False
    second = params[1].left if params[1].type == "AssignmentPattern" else params[1]
    if second.type == "ObjectPattern":
        return any(_takes(each) for each in second.properties)
    return second.type != "Identifier" or _hands_on(str(second.name), nodes)


def _takes(part: Node) -> bool:
    """Tell whether a part of a pattern may take the messages."""
    if part.type != "Property":
        return True
    return property_name(part.key, computed=bool(part.computed)) in (*_NAMES, None)


def _hands_on(name: str, nodes: list[Node]) -> bool:
    """Tell whether a parameter is used for more than members that hold no messages."""
    uses = sum(_is_named(node, name) for node in nodes)
    harmless = sum(_reads_other_member(node, name) for node in nodes)
    return uses > harmless


def _reads_other_member(node: Node, name: str) -> bool:
    if node.type != "MemberExpression" or not _is_named(node.object, name):
        return False
    return property_name(node.property, computed=bool(node.computed)) not in (*_NAMES, None)


def _is_named(node: Node, name: str) -> bool:
    return bool(node.type == "Identifier" and node.name == name)
