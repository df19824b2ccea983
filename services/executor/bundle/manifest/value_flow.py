"""Follows an agent to the names that may hold it, and finds what is set on it there.

``const all = [a, b]; for (const each of all) each.tools = []`` changes an agent under a name that
is not its own, and so do functions that are given it, lists, maps, members of ``this`` and what
functions return. Such a change counts as made at an unknown time. What is put into a global or
exported to another CommonJS module, and functions that are not in the bundle are not followed.
Nor is what a framework's own class of agents does with the agents that it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import ANY, ClassValue, Env, FunctionValue
from services.executor.bundle.frameworks.agents import is_agent_class
from services.executor.bundle.frameworks.subclasses import set_on_this
from services.executor.bundle.index.uses import Uses
from services.executor.bundle.manifest.constructions import Located, located
from services.executor.bundle.manifest.value_paths import (
    CALLED,
    DEFINING,
    MAPPED,
    MAX_PATH,
    SOME,
    WHOLE,
    Path,
    defines_members,
    is_written,
    iterated,
    named_in,
    stepped,
)
from services.executor.bundle.syntax.member_writes import MUTATORS, SETTER
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import Binding, Scope
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, property_name

# The first step of what a function finds in its ``arguments``.
GIVEN = "arguments"
MAX_NAMES = 200
MAX_USES = 5_000
_OWNERS = frozenset({"ClassDeclaration", "ClassExpression", "FunctionDeclaration"})
# Of a list, a set or a map: what gives its items to a function, by the function's parameter.
_GIVING = {
    **dict.fromkeys(("every", "filter", "find", "findIndex", "findLast", "flatMap"), 0),
    **dict.fromkeys(("forEach", "map", "some", "sort", "toSorted"), 0),
    **dict.fromkeys(("reduce", "reduceRight"), 1),
}
# What returns a list of the same items, and what returns one of them.
_LISTING = frozenset({"concat", "filter", "flat", "reverse", "slice", "sort", "values"})
_LISTING |= {"toReversed", "toSorted", "with"}
_PICKING = frozenset({"at", "find", "findLast", "get", "pop", "shift"})
_PUTTING = frozenset({"add", "push", "splice", "unshift"})
_WAITING = frozenset({"AwaitExpression", "ConditionalExpression", "LogicalExpression"})
_SAME = frozenset({"freeze", "preventExtensions", "seal"})


def changed_under_other_names(
    evaluator: Evaluator, parsed: ParsedProgram, uses: Uses, made: Iterable[Node]
) -> dict[str, Node]:
    """Return the members that are set, under other names, on what calls make, and where.

    ``ANY`` stands for members that are not known.
    """
    flow = _Flow(evaluator, parsed, uses)
    for call in made:
        found = located(evaluator, parsed, call._start)
        if call in found.path:
            flow.start(found, found.path.index(call))
    flow.run()
    return flow.changed


@dataclass
class _Flow:
    evaluator: Evaluator
    parsed: ParsedProgram
    uses: Uses
    changed: dict[str, Node] = field(default_factory=dict)
    _started: bool = False
    _own: Binding | None = None
    _makers: set[int] = field(default_factory=set)
    _left: int = MAX_USES
    _known: set[tuple[int, Path]] = field(default_factory=set)
    _waiting: list[tuple[Binding | Node, Path]] = field(default_factory=list)

    def start(self, found: Located, at: int) -> None:
        """Follow what a call makes; what its function returns, the calls before it stand for."""
        if self._started:
            around = [node for node in found.path[:at] if node.type in FUNCTION_TYPES]
            self._makers.update(id(node) for node in around[-1:])
        self._started = True
        self.climb(found, at, ())

    def run(self) -> None:
        """Follow all names, ``this`` of classes, functions and objects, and ``arguments``."""
        while self._waiting:
            holder, path = self._waiting.pop()
            if isinstance(holder, Binding):
                word, places = holder.name, self.uses.of(holder.name, holder.scope)
            else:
                word = "this" if path[0] != GIVEN else GIVEN
                places = self.uses.within(holder, word)
            for at in places:
                self._left -= 1
                if self._left < 0:
                    self.changed.setdefault(ANY, _node_of(holder))
                    return
                found = located(self.evaluator, self.parsed, at)
                if _is_word(found, at, word, holder):
                    is_own = holder is self._own and not path
                    inner = path[1:] if path[:1] == (GIVEN,) else path
                    self.climb(found, len(found.path) - 1, inner, is_own=is_own)

    def _hold(self, holder: Binding | Node | None, path: Path) -> None:
        if holder is None or (id(holder), path) in self._known:
            return
        if len(path) > MAX_PATH or len(self._known) >= MAX_NAMES:
            self.changed.setdefault(ANY, _node_of(holder))
        else:
            self._known.add((id(holder), path))
            self._waiting.append((holder, path))

    def climb(self, found: Located, at: int, path: Path, *, is_own: bool = False) -> None:
        """Follow a value outwards from the node that it is in, at ``path``."""
        following: tuple[int, Path] | None = (at, path)
        while following is not None and following[0] > 0:
            at, path = following
            following = self._outwards(found, at, path, is_own=is_own)

    def _outwards(
        self, found: Located, at: int, path: Path, *, is_own: bool
    ) -> tuple[int, Path] | None:
        node, parent = found.path[at], found.path[at - 1]
        kind, up = parent.type, at - 1
        if kind == "MemberExpression":
            return self._member(found, at, path, is_own=is_own)
        if kind in ("CallExpression", "NewExpression"):
            if node is parent.callee:
                return (up, path[1:]) if path[:1] == (CALLED,) else None
            return self._argument(found, at, path)
        if kind == "Property":
            is_value = found.path[up - 1].type == "ObjectExpression" and parent.kind == "init"
            is_value = is_value and (node is parent.value or parent.shorthand)
            key = property_name(parent.key, computed=bool(parent.computed))
            if not is_value:
                return None
            self._hold(found.path[up - 1], (key or SOME, *path))
            return up - 1, (key or SOME, *path)
        if kind == "PropertyDefinition" and node is parent.value:
            key = property_name(parent.key, computed=bool(parent.computed))
            self._kept(found, up, (key or SOME, *path), is_static=bool(parent.static))
            return None
        if kind == "ArrayExpression":
            return up, (SOME, *path)
        if kind == "SpreadElement":
            return self._spread(found, up, path)
        if kind in _WAITING:
            return None if node is parent.test else (up, path)
        if kind == "SequenceExpression":
            return (up, path) if node is parent.expressions[-1] else None
        if kind == "ReturnStatement" or (kind in FUNCTION_TYPES and node is parent.body):
            return self._returned(found, up, path)
        self._named(found, at, path)
        return (up, path) if kind == "AssignmentExpression" else None

    def _named(self, found: Located, at: int, path: Path) -> None:
        """Take the names into account that a statement gives a value."""
        node, parent, place = found.path[at], found.path[at - 1], found.places[at - 1]
        if parent.type == "VariableDeclarator" and node is parent.init:
            self._hold_in(parent.id, path, place.scope)
        elif parent.type == "AssignmentExpression" and node is parent.right:
            if parent.left.type == "MemberExpression":
                self._hold_at(found, at - 1, parent.left, path)
            else:
                self._hold_in(parent.left, path, place.scope)
        elif parent.type == "ForOfStatement" and node is parent.right:
            inner = iterated(path)
            left, scope = parent.left, self.evaluator.tree.of(parent, place.scope)
            if inner is not None:
                is_declared = left.type == "VariableDeclaration"
                self._hold_in(left.declarations[0].id if is_declared else left, inner, scope)

    def _hold_in(self, pattern: Node, path: Path, scope: Scope, index: int | None = None) -> None:
        for target, inner in named_in(pattern, path, index):
            binding = scope.lookup(target.name)
            if self._own is None and not self._known and not inner:
                self._own = binding
            self._hold(binding, inner)

    def _hold_at(self, found: Located, at: int, member: Node, path: Path) -> None:
        """Take into account that a member of a name, or of ``this``, gets a value."""
        while member.type == "MemberExpression":
            key = property_name(member.property, computed=bool(member.computed))
            path, member = (key or SOME, *path), member.object
        scope = found.places[at].scope
        if member.type == "Identifier":
            self._hold(scope.lookup(str(member.name)), path)
        elif member.type == "ThisExpression":
            self._kept(found, at, path)

    def _kept(self, found: Located, at: int, path: Path, *, is_static: bool = False) -> None:
        """Take into account what instances of a class, or the class itself, keep."""
        for index in range(at - 1, -1, -1):
            owner = found.path[index]
            if owner.type in _OWNERS:
                self._hold(owner, path)
                outer = path if is_static else (CALLED, *path)
                if owner.type == "ClassExpression":
                    self.climb(found, index, outer)
                elif owner.id is not None:
                    self._hold(found.places[index].scope.lookup(str(owner.id.name)), outer)
                return

    def _member(
        self, found: Located, at: int, path: Path, *, is_own: bool
    ) -> tuple[int, Path] | None:
        node, parent = found.path[at], found.path[at - 1]
        if node is not parent.object:
            return None
        key = property_name(parent.property, computed=bool(parent.computed))
        if not path:
            if not is_own:
                self._of_agent(found, at - 1, key or ANY)
            return None
        outer = found.path[at - 2]
        if outer.type == "CallExpression" and outer.callee is parent and path[0] != key:
            return self._method(found, at - 2, key or "", path)
        inner = stepped(path, key)
        return None if inner is None else (at - 1, inner)

    def _of_agent(self, found: Located, at: int, key: str) -> None:
        """Note a member of the agent, at ``at``, that is set or changed."""
        first = at
        while (
            found.path[at - 1].type == "MemberExpression"
            and found.path[at - 1].object is (found.path[at])
        ):
            at -= 1
        node, parent = found.path[at], found.path[at - 1]
        kind, is_target = parent.type, is_written(found.path, at)
        if kind == "CallExpression" and node is parent.callee:
            name = str(node.property.name or "")
            is_target = (at != first and name in MUTATORS) or SETTER.match(name) is not None
            key = ANY if at == first else key
        elif kind == "CallExpression" and defines_members(parent) and node is parent.arguments[0]:
            is_target = True
        if is_target:
            self.changed.setdefault(key, node)

    def _method(self, found: Located, at: int, name: str, path: Path) -> tuple[int, Path] | None:
        """Follow the items of a list, a set or a map through one of its methods."""
        call = found.path[at]
        if path[0] == CALLED or (name not in _GIVING and name not in _LISTING | _PICKING):
            return (at, (SOME, "1", *path[1:])) if name == "entries" else None
        if name in _GIVING and call.arguments:
            self._given(found, at, call.arguments[0], _GIVING[name], path[1:])
        if name in _PICKING:
            return at, path[1:]
        return (at, (SOME, *path[1:])) if name in _LISTING else None

    def _given(self, found: Located, at: int, function: Node, index: int, path: Path) -> None:
        """Take the parameter into account that gets a value."""
        value = self.evaluator.forced(self.evaluator.evaluate(function, found.places[at]))
        if is_agent_class(value):
            return
        if isinstance(value, ClassValue):
            made = next((e for e in value.node.body.body if e.kind == "constructor"), None)
            if made is not None:
                self._parameter(made.value, value.env, index, path)
        elif isinstance(value, FunctionValue):
            self._parameter(value.node, value.env, index, path)

    def _parameter(self, function: Node, env: Env, index: int, path: Path) -> None:
        scope = self.evaluator.tree.of(function, env.scope)
        if function.type != "ArrowFunctionExpression":
            self._hold(function, (GIVEN, str(index), *path))
        for number, parameter in enumerate(function.params[: index + 1]):
            if parameter.type == "RestElement":
                self._hold_in(parameter.argument, (SOME, *path), scope)
            elif number == index:
                self._hold_in(parameter, path, scope)

    def _argument(self, found: Located, at: int, path: Path) -> tuple[int, Path] | None:
        call, callee = found.path[at - 1], found.path[at - 1].callee
        index = next((i for i, each in enumerate(call.arguments) if each is found.path[at]), 0)
        name = ""
        if callee.type == "MemberExpression" and not callee.computed:
            name = str(callee.property.name)
            following = self._of_language(found, at, index, name, path)
            if following is not None:
                return following
        if call.type == "NewExpression" and callee.type == "Identifier":
            if callee.name == "Map":
                inner = stepped(stepped(path, None) or (), "1")
                return None if inner is None else (at - 1, (MAPPED, *inner))
            if callee.name == "Set":
                return at - 1, path
        if name in ("apply", "bind", "call"):
            self._bound(found, at, index, name, path)
        elif not (name in WHOLE or name in DEFINING):
            self._given(found, at - 1, callee, index, path)
        return None

    def _of_language(
        self, found: Located, at: int, index: int, name: str, path: Path
    ) -> tuple[int, Path] | None:
        """Follow a value through functions of ``Object``, ``Reflect``, ``Array`` and of lists."""
        call, owner = found.path[at - 1], found.path[at - 1].callee.object
        scope = found.places[at - 1].scope
        if name in _PUTTING or (name == "set" and index == 1):
            self._hold_at(found, at, owner, (MAPPED if name == "set" else SOME, *path))
        if name == "concat":
            return at - 1, path
        if owner.type != "Identifier" or scope.lookup(str(owner.name)) is not None:
            return None
        if owner.name in ("Array", "Promise"):
            return (at - 1, path) if name in ("all", "from") else None
        if owner.name not in ("Object", "Reflect"):
            return None
        if name in ("values", "entries", "fromEntries") and path:
            items = {"values": (SOME,), "entries": (SOME, "1"), "fromEntries": (SOME,)}[name]
            return at - 1, (*items, *path[2 if name == "fromEntries" else 1 :])
        if name in DEFINING | WHOLE and index == 0 and not path:
            self._defined(call, name)
        elif name == "assign" and index > 0:
            self._hold_at(found, at, call.arguments[0], path)
        return (at - 1, path) if name in _SAME or name == "assign" else None

    def _defined(self, call: Node, name: str) -> None:
        names: Iterable[str | None] = [None]
        given = call.arguments[1] if len(call.arguments) > 1 else None
        if given is not None and name in DEFINING:
            names = [property_name(given, computed=True)]
        elif given is not None and given.type == "ObjectExpression":
            keys = [each.key and (each.key, bool(each.computed)) for each in given.properties]
            names = [key and property_name(key[0], computed=key[1]) for key in keys]
        for each in names:
            self.changed.setdefault(each or ANY, call)

    def _bound(self, found: Located, at: int, index: int, name: str, path: Path) -> None:
        """Take ``f.call(value)`` and ``f.apply(x, [value])`` into account."""
        function = found.path[at - 1].callee.object
        if index > 0:
            if name == "apply":
                self._given(found, at - 1, function, 0, (iterated(path) or ()))
            else:
                self._given(found, at - 1, function, index - 1, path)
            return
        value = self.evaluator.forced(self.evaluator.evaluate(function, found.places[at - 1]))
        if isinstance(value, FunctionValue) and not path:
            for key, node in set_on_this(value.node, value.env.scope):
                self.changed.setdefault(key, node)

    def _spread(self, found: Located, at: int, path: Path) -> tuple[int, Path] | None:
        whole = found.path[at - 1]
        if whole.type == "ObjectExpression":
            return (at - 1, path) if path else None
        inner = iterated(path)
        if inner is None:
            return None
        if whole.type == "ArrayExpression":
            return at - 1, (SOME, *inner)
        return self._argument(found, at, inner)

    def _returned(self, found: Located, at: int, path: Path) -> tuple[int, Path] | None:
        """Follow a value to where the function that returns it is called."""
        while at > 0 and found.path[at].type not in FUNCTION_TYPES:
            at -= 1
        function, around = found.path[at], found.path[at - 1]
        if id(function) in self._makers:
            return None
        if function.type == "FunctionDeclaration" and function.id is not None:
            self._hold(found.places[at - 1].scope.lookup(str(function.id.name)), (CALLED, *path))
            return None
        if around.type == "CallExpression" and function in around.arguments:
            name = around.callee.property if around.callee.type == "MemberExpression" else None
            is_map = name is not None and name.name in ("flatMap", "map")
            return (at - 1, (SOME, *path)) if is_map else None
        return at, (CALLED, *path)


def _node_of(holder: Binding | Node) -> Node:
    return holder.node if isinstance(holder, Binding) else holder


def _is_word(found: Located, at: int, word: str, holder: Binding | Node) -> bool:
    """Tell whether a word in the text is the name, ``this`` or ``arguments`` that is meant."""
    if word == "this":
        return bool(found.path[-1].type == "ThisExpression")
    return found.is_use(at, word, holder if isinstance(holder, Binding) else None)
