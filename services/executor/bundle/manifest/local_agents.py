"""Agents that a function keeps to itself, as in ``async function main() { const agent = ... }``.

The statements of the function that the agent depends on become a function of their own, which is
appended to the program: the sandbox calls it when it needs the agent. So the function itself need
not run, and whatever else it does, such as the run of its agent, is not done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.executor.bundle.index.enclosing import enclosing
from services.executor.bundle.manifest.constructions import Construction
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import CALLED, Binding, BindingKind, Scope
from services.executor.bundle.syntax.syntax import (
    FUNCTION_TYPES,
    Node,
    children,
    describe,
    span,
)

MAX_PIECES = 200
MAX_NODES = 20_000
MAX_TEXT = 256 * 1024


@dataclass(frozen=True)
class LocalAgent:
    """What makes an agent: the statements before it, its name or expression, whether they wait.

    ``spans`` are the places that they are copied of.
    """

    statements: str
    result: str
    is_async: bool
    spans: tuple[tuple[int, int], ...] = ()

    def does(self, node: Node) -> bool:
        """Tell whether it does what a node of the program does."""
        return any(start <= node._start < end for start, end in self.spans)


class NotLocalError(Exception):
    """The agent depends on more than its function's constants; ``reason`` ends a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def local_agent(parsed: ParsedProgram, found: Construction) -> LocalAgent:
    """Return what makes the agent of a function.

    Raises:
        NotLocalError: it depends on a parameter, a branch, a loop, or ``this``.
    """
    pieces = _Pieces(parsed, found)
    holder = found.holder
    own: tuple[tuple[int, int], ...] = ()
    if holder is None:
        pieces.depend_on(found.node, found.place.scope)
        result = pieces.text_of(found.node)
        own = ((int(found.node._start), int(found.node._end)),)
    else:
        binding = holder[1].scope.lookup(str(holder[0].name))
        if binding is None:
            raise NotLocalError("it is kept in a global")
        pieces.need(binding)
        result = str(holder[0].name)
    return LocalAgent(pieces.joined(), result, pieces.is_async, (*own, *pieces.spans))


@dataclass
class _Pieces:
    """The statements that an agent needs, by where they begin."""

    parsed: ParsedProgram
    found: Construction
    is_async: bool = False
    _texts: dict[int, tuple[int, str]] = field(default_factory=dict)
    _changes: list[tuple[int, str]] = field(default_factory=list)
    _needed: set[Binding] = field(default_factory=set)

    def joined(self) -> str:
        """Return the statements in their order."""
        for at, reason in self._changes:
            if not any(start <= at < end for start, (end, _) in self._texts.items()):
                raise NotLocalError(reason)
        text = "".join(self._texts[at][1] for at in sorted(self._texts))
        if len(text) > MAX_TEXT:
            raise NotLocalError("what it depends on is too long")
        return text

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Return where the statements are in the program."""
        return tuple((start, end) for start, (end, _) in self._texts.items())

    def text_of(self, node: Node) -> str:
        """Return the source of a node."""
        return self.parsed.text[node._start : node._end]

    def need(self, binding: Binding) -> None:
        """Add what defines a name and what is set on it; a name from outside needs nothing."""
        if binding in self._needed or not self._is_inside(binding.scope):
            return
        if len(self._needed) >= MAX_PIECES:
            raise NotLocalError("it depends on too many names")
        self._needed.add(binding)
        if binding.kind is BindingKind.PARAMETER:
            function = binding.scope.function.node
            name = "" if function.id is None else f" of `{function.id.name}`"
            raise NotLocalError(f"it depends on the parameter `{binding.name}`{name}")
        if binding.kind in (BindingKind.FUNCTION, BindingKind.CLASS):
            self._add(binding.value, f"{self.text_of(binding.value)}\n", binding.scope)
        elif binding.kind is BindingKind.VARIABLE:
            self._declare(binding)
        else:
            line = span(binding.node).line
            raise NotLocalError(f"it depends on `{binding.name}` of a loop or a block, line {line}")
        for write in binding.writes:
            self._assign(write.node, binding)
        for change in binding.members:
            if change.mutator != CALLED:
                self._assign(change.node, binding)

    def depend_on(self, node: Node, scope: Scope) -> None:
        """Add whatever the names in a node need."""
        for name in _names(node):
            binding = self._inner_scope(node, scope).lookup(name)
            if binding is not None:
                self.need(binding)
        for inner in _outside_functions(node):
            if inner.type == "AwaitExpression":
                self.is_async = True
            elif inner.type in ("ThisExpression", "YieldExpression", "Super"):
                raise NotLocalError(f"it depends on {describe(inner)} of a function")

    def _inner_scope(self, node: Node, scope: Scope) -> Scope:
        return self.parsed.tree.of(node, scope) if node.type in FUNCTION_TYPES else scope

    def _is_inside(self, scope: Scope) -> bool:
        """Tell whether a scope is around the agent, below where the copy is put."""
        outer = self.found.outer
        return scope is not outer and any(
            node is scope.node and place.scope is not outer
            for node, place in zip(self.found.path, self.found.places, strict=True)
        )

    def _add(self, node: Node, text: str, scope: Scope) -> None:
        if int(node._start) not in self._texts:
            self._texts[int(node._start)] = int(node._end), text
            self.depend_on(node, scope)

    def _declare(self, binding: Binding) -> None:
        path = enclosing(self.parsed, int(binding.node._start))
        at = next((i for i in range(len(path) - 1, 0, -1) if path[i].type == _DECLARED), 0)
        if at == 0:
            raise NotLocalError(f"it depends on `{binding.name}`")
        declarator = path[at]
        home = binding.home or binding.scope
        self._add(declarator, f"var {self.text_of(declarator)};\n", home)

    def _assign(self, node: Node, binding: Binding) -> None:
        """Add the statement that changes a name or what it holds, with the branch it is in."""
        path = enclosing(self.parsed, int(node._start))
        around = [each for each in path if each.type in FUNCTION_TYPES or each is path[0]]
        if around[-1] is not binding.scope.function.node:
            reason = f"`{binding.name}` is changed by a function, line {span(node).line}"
            self._changes.append((int(node._start), reason))  # unless the agent has the function
            return
        inside = path[path.index(around[-1]) + 1 :]
        if any(each.type == "CatchClause" for each in inside):
            return  # what is done when a run of the agent fails
        home = binding.home or binding.scope
        statement = _statement_in(inside, home) or node
        if statement.type in ("VariableDeclaration", _DECLARED):
            statement = next(each for each in inside if each.type == _DECLARED)
            self._add(statement, f"var {self.text_of(statement)};\n", home)
            return
        if any(each.type == "ReturnStatement" for each in _outside_functions(statement)):
            line = span(statement).line
            raise NotLocalError(f"`{binding.name}` is changed beside a `return`, line {line}")
        self._add(statement, f"{self.text_of(statement)};\n", home)


def _statement_in(path: list[Node], home: Scope) -> Node | None:
    """Return what of a path is to be done: its statement in the block that declares a name.

    Of expressions that are joined by commas, it is one.
    """
    inside = path[path.index(home.node) + 1 :] if home.node in path else path
    return next((each for each in inside if each.type not in _AROUND), None)


_DECLARED = "VariableDeclarator"
_AROUND = frozenset({"BlockStatement", "ExpressionStatement", "SequenceExpression", "TryStatement"})


def _names(node: Node) -> Iterator[str]:
    """Yield the names that a node may refer to; more than it does is harmless."""
    stack = [node]
    for _ in range(MAX_NODES):
        if not stack:
            return
        current = stack.pop()
        if current.type == "Identifier":
            yield str(current.name)
            continue
        stack += _parts(current)
    raise NotLocalError("what it depends on is too large")


def _parts(node: Node) -> list[Node]:
    """Return the parts of a node that may refer to names: no keys."""
    if node.type == "MemberExpression":
        return [node.object, node.property] if node.computed else [node.object]
    if node.type in ("MethodDefinition", "Property", "PropertyDefinition"):
        return [
            each for each in (node.value, node.key if node.computed else None) if each is not None
        ]
    return list(children(node))


def _outside_functions(node: Node) -> Iterator[Node]:
    """Yield a node and those below that no function of their own surrounds."""
    if node.type not in FUNCTION_TYPES:
        stack = [node]
        while stack:
            current = stack.pop()
            yield current
            inner = children(current)
            stack.extend(child for child in inner if child.type not in FUNCTION_TYPES)
