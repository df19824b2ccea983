"""What a bundle's own subclass of a framework's class of agents changes of its instances.

A method that the framework calls (``getInstructions() {...}``), a field, or what the constructor
and other methods set on ``this`` counts before what is passed to ``super``. None of it is
evaluated: the sandbox is asked for such a part, and a setting that restricts disables the agent.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.executor.bundle.evaluate.values import ANY, Changed, ClassValue
from services.executor.bundle.frameworks.construction import Making
from services.executor.bundle.frameworks.evidence import class_framework
from services.executor.bundle.frameworks.framework import Framework
from services.executor.bundle.syntax.scope import Scope
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, descendants, property_name

MAX_NODES = 20_000
_DEFINERS = frozenset({"assign", "defineProperties", "setPrototypeOf"})


def subclass_changes(steps: tuple[Making, ...], framework: Framework) -> dict[Making, Changed]:
    """Return what each step changes that constructs a subclass of the bundle's own."""
    found: dict[Making, Changed] = {}
    for index, step in enumerate(steps):
        made = step.callee
        if not isinstance(made, ClassValue) or not step.is_new:
            continue
        if made.node.superClass is None or class_framework(made) is not None:
            break
        inner = steps[index + 1].objects if index + 1 < len(steps) else ()
        uncertain = _replaced(made, framework)
        if step.objects and not inner:
            uncertain.setdefault(ANY, made.node)
        if uncertain:
            found[step] = Changed((), made.node, uncertain)
    return found


def _replaced(made: ClassValue, framework: Framework) -> dict[str, Node]:
    form = framework.agents
    parts = {"model", "tools", *form.instruction_keys, *form.description_keys, *form.definitions}
    known = {ANY} | parts | form.methods.keys() | framework.settings.agent.keys()
    found: dict[str, Node] = {}
    for name, node in _members(made):
        for key in form.methods.get(name) or (name,):
            if key in known:
                found.setdefault(key, node)
    return found


def _members(made: ClassValue) -> Iterator[tuple[str, Node]]:
    """Yield the names of members that a class gives its instances, or sets on ``this``."""
    for element in made.node.body.body:
        if element.static:
            continue
        is_method = element.type == "MethodDefinition"
        if element.key is not None and element.kind != "constructor":
            name = property_name(element.key, computed=bool(element.computed))
            if element.key.type != "PrivateIdentifier":
                yield name or ANY, element
        if is_method or (element.value is not None and element.value.type in FUNCTION_TYPES):
            yield from set_on_this(element.value, made.env.scope)


def set_on_this(function: Node, scope: Scope) -> Iterator[tuple[str, Node]]:
    """Yield the names of members that a function sets on ``this``."""
    for node in descendants(function, MAX_NODES):
        if node.type == "AssignmentExpression":
            yield from _member_of_this(node.left)
        elif node.type == "CallExpression":
            callee, given = node.callee, node.arguments
            if callee.type == "MemberExpression" and callee.object.type == "MemberExpression":
                yield from _member_of_this(callee.object)
            if given and given[0].type == "ThisExpression":
                yield from _defined(node, scope)


def _member_of_this(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield b for ``this.b``, also of ``this.b.c``."""
    while node.type == "MemberExpression":
        if node.object.type == "ThisExpression":
            name = property_name(node.property, computed=bool(node.computed))
            if node.property.type != "PrivateIdentifier":
                yield name or ANY, node
            return
        node = node.object


def _defined(call: Node, scope: Scope) -> Iterator[tuple[str, Node]]:
    """Yield what ``define(this, "a", ...)`` defines, and all for ``Object.assign(this, ...)``."""
    key = call.arguments[1] if len(call.arguments) > 1 else None
    if key is not None and key.type == "Literal" and isinstance(key.value, str):
        yield key.value, call
        return
    if key is not None and _is_private(key, scope):
        return
    callee = call.callee
    method = callee.property.name if callee.type == "MemberExpression" else ""
    if method in _DEFINERS or callee.type == "Identifier":
        yield ANY, call


def _is_private(key: Node, scope: Scope) -> bool:
    """Tell whether a name is that of a weak collection, which compilers make of ``#private``."""
    binding = scope.lookup(str(key.name)) if key.type == "Identifier" else None
    if binding is None:
        return False
    values = [binding.value, *(write.value for write in binding.writes)]
    made = [value for value in values if value is not None]
    return bool(made) and all(
        value.type == "NewExpression"
        and value.callee.type == "Identifier"
        and value.callee.name in ("WeakMap", "WeakSet")
        for value in made
    )
