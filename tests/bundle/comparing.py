"""Compares a program that is read piece by piece with one that was parsed as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from esprima.nodes import Node as EsprimaNode

from services.executor.bundle.index.indexed import index_program
from services.executor.bundle.syntax.deferred import filled
from services.executor.bundle.syntax.parse import ParsedProgram, parse_program
from services.executor.bundle.syntax.scope import Binding, Scope
from services.executor.bundle.syntax.syntax import Node

# The parser ends a statement without a semicolon where the next token begins.
LOOSE_ENDS = frozenset({"VariableDeclaration", "Program"})


def differences(text: str, min_deferred: int = 1, min_body: int | None = None) -> list[str]:
    """Return what differs, whatever order the pieces are asked for in; [] is what should be.

    With ``min_body``, the concrete tree is in pieces too.

    Raises:
        NotIndexedError: the index refuses the text.
        BundleError: the parser refuses it.
    """

    def index() -> ParsedProgram:
        if min_body is None:
            return index_program(text, min_deferred=min_deferred)
        return index_program(text, min_deferred=min_deferred, pieces_from=0, min_body=min_body)

    pieces, whole = index(), parse_program(text)
    found = list(_different(pieces, whole))
    for name, expected in whole.tree.root.bindings.items():
        fresh = index()
        binding = fresh.tree.root.lookup(name)
        if binding is None:
            found.append(f"{name} is not declared")
        elif _facts(binding) != _facts(expected):
            found.append(f"{name} alone: {_facts(binding)} is not {_facts(expected)}")
    for name in ("exports", "module", "globalThis"):
        fresh = index()
        mine = [_member(write) for write in fresh.tree.free_members.get(name, [])]
        theirs = [_member(write) for write in whole.tree.free_members.get(name, [])]
        if mine != theirs:
            found.append(f"free {name}: {mine} is not {theirs}")
    return found


def _different(pieces: ParsedProgram, whole: ParsedProgram) -> Iterator[str]:
    if pieces.is_module != whole.is_module:
        yield f"is_module: {pieces.is_module}"
    stack: list[tuple[Node, Node]] = [(pieces.program, whole.program)]
    while stack:
        mine, theirs = stack.pop()
        if mine.type != theirs.type:
            yield f"{mine.type} is not {theirs.type} in line {theirs._line}"
            continue
        mine_opens = pieces.tree.of(mine, pieces.tree.root)
        theirs_opens = whole.tree.of(theirs, whole.tree.root)
        if (mine_opens is pieces.tree.root) != (theirs_opens is whole.tree.root):
            yield f"scope of {theirs.type} in line {theirs._line}"
        else:
            yield from _different_scopes(mine_opens, theirs_opens)
        yield from _different_fields(filled(mine), theirs, stack)


def _different_fields(mine: Node, theirs: Node, stack: list[tuple[Node, Node]]) -> Iterator[str]:
    # Whether a text that stands alone is a directive means nothing here.
    if mine.__dict__.keys() - {"directive"} != theirs.__dict__.keys() - {"directive"}:
        yield f"{theirs.type} in line {theirs._line}: {mine.__dict__} is not {theirs.__dict__}"
        return
    for key, value in theirs.__dict__.items():
        other = mine.__dict__.get(key)
        if key == "directive" or (key == "_end" and theirs.type in LOOSE_ENDS):
            continue
        if isinstance(value, EsprimaNode):
            stack.append((other, value))
        elif isinstance(value, list):
            if len(other) != len(value):
                yield f"{key} of {theirs.type}: {len(other)} is not {len(value)}"
                continue
            for one, two in zip(other, value, strict=True):
                if isinstance(two, EsprimaNode):
                    stack.append((one, two))
                elif one != two:
                    yield f"{key} of {theirs.type}: {one} is not {two}"
        elif repr(other) != repr(value):
            yield f"{key} of {theirs.type} in line {theirs._line}: {other!r} is not {value!r}"


def _different_scopes(mine: Scope, theirs: Scope) -> Iterator[str]:
    if mine.is_function != theirs.is_function or mine.bindings.keys() != theirs.bindings.keys():
        yield f"names: {sorted(mine.bindings)} is not {sorted(theirs.bindings)}"
        return
    for name, binding in theirs.bindings.items():
        other = mine.bindings[name]
        if _facts(other) != _facts(binding):
            yield f"{name}: {_facts(other)} is not {_facts(binding)}"


def _facts(binding: Binding) -> list[object]:
    home = None if binding.home is None else _place(binding.home.node)
    return [
        binding.kind,
        _place(binding.node),
        _place(binding.value),
        home,
        len(binding.steps),
        binding.index,
        binding.source,
        [(_place(w.node), _place(w.value), _place(w.scope.node)) for w in binding.writes],
        [_member(write) for write in binding.members],
        [(other.path, other.binding.name) for other in binding.other_names],
    ]


def _member(write: Node) -> tuple[object, ...]:
    return (
        write.path,
        _place(write.node),
        _place(write.value),
        _place(write.scope.node),
        write.straight,
        write.is_getter,
        write.mutator,
    )


def _place(node: Node) -> tuple[object, ...] | None:
    return None if node is None else (filled(node).type, node._start, node._line, node._column)
