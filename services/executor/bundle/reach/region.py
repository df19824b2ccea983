"""Walks one region of the syntax tree, once and without recursion, and says what it mentions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from services.executor.bundle.index.concrete_node import ConcreteNode
from services.executor.bundle.index.pieces import PieceNode, bare, lasting
from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import (
    ANY,
    Call,
    Chain,
    EnvKey,
    Facts,
    Free,
    Local,
    LocalScope,
    Mention,
    Named,
    Parameter,
    Role,
    resolved,
)
from services.executor.bundle.reach.patterns import Tables, misread_names, pattern_parts

Node: TypeAlias = ConcreteNode
Handler: TypeAlias = Callable[["_Walk", Node, LocalScope], None]
MAX_CHAIN = 6
MAX_SCOPE_DEPTH = 200
_LOADER_INDEX = 2  # in webpack's (module, exports, require) => {}
_CODE_MAKER = ".constructor.constructor"
_COMPARISONS = frozenset({"in", "instanceof", "==", "===", "!=", "!==", "<", ">"})


def read_region(region: Node, text: str, max_nodes: int) -> Facts:
    """Return what ``region`` mentions; ``complete`` is False when it has more than ``max_nodes``.

    ``text`` is what the tree was made from: its offsets are indexes of it.
    """
    walk = _Walk(text, region)
    walk.run(max_nodes)
    return walk.finish()


class _Walk:
    def __init__(self, text: str, region: Node) -> None:
        self._loader = Parameter(region.start_byte, _LOADER_INDEX, ())
        self._tables = Tables(text, 4 * (region.end_byte - region.start_byte))
        self._source, self._region = text, region
        self._facts = Facts()
        self._stack: list[tuple[Node, LocalScope]] = []
        self._uses: dict[tuple[str, LocalScope, Chain, Role], int] = {}
        self._mentioned: dict[str, dict[tuple[Chain, Role], Mention]] = {}
        self._calls: list[tuple[Named, Node | None, int]] = []
        self._renamed: list[tuple[Named, Named, int]] = []
        self._key: Named | None = None  # the computed key that was met last

    def run(self, max_nodes: int) -> None:
        stack, handlers, leaves, count = self._stack, _HANDLERS, grammar.LEAVES, 0
        stack.append((self._region, LocalScope(None, is_function=True)))
        while stack:
            node, scope = stack.pop()
            count += 1
            number = node.kind_id
            if number in leaves:
                continue
            if node.__class__ is PieceNode:
                node = bare(node)
            if count > max_nodes or scope.depth > MAX_SCOPE_DEPTH:
                self._facts.complete = False
                break
            handler = handlers.get(number)
            if handler is not None:
                handler(self, node, scope)
            else:
                stack.extend([(child, scope) for child in node.named_children])
        self._facts.nodes = count

    def finish(self) -> Facts:
        facts = self._facts
        for left, right, at in self._renamed:
            local = left.scope.find(left.name)
            if local is None:
                self._use(right, Role.VALUE, at)
            elif local.alias is None and local.function < 0:
                local.alias = right
        for (name, scope, chain, role), at in self._uses.items():
            local = scope.find(name)
            if local is None:
                self._mention(name, chain, role, at)
            elif local.alias is not None or local.function >= 0 or "env" in chain:
                self._local(Named(name, scope, chain), role, at)
        facts.free = {name: list(found.values()) for name, found in self._mentioned.items()}
        for named, passed, at in self._calls:
            target, arguments = resolved(named), lasting(passed, self._region)
            if isinstance(target, Free):
                facts.calls.append(Call(target, named.scope, arguments, at))
            elif arguments is not None and target == self._loader:
                facts.loads.append((arguments, at))
        return facts

    def _local(self, named: Named, role: Role, at: int) -> None:
        """Note what a name of the region stands for, when that comes from outside it."""
        target = resolved(named)
        if isinstance(target, Free):
            self._mention(target.name, target.chain, role, at)
        elif isinstance(target, Parameter):
            if target.chain:
                self._facts.parameters.setdefault((target, role), at)
        elif "env" in named.chain:
            self._facts.parameters.setdefault((Parameter(-1, -1, named.chain), role), at)

    def _mention(self, name: str, chain: Chain, role: Role, at: int) -> None:
        known = self._mentioned.setdefault(name, {})
        known.setdefault((chain, role), Mention(chain, role, at))

    def _use(self, named: Named, role: Role, at: int) -> None:
        self._uses.setdefault((named.name, named.scope, named.chain, role), at)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte]

    def _push(self, node: Node | None, scope: LocalScope) -> None:
        if node is not None:
            self._stack.append((node, scope))

    def _push_children(self, node: Node, scope: LocalScope) -> None:
        self._stack.extend([(child, scope) for child in node.named_children])

    def _name(self, node: Node, scope: LocalScope) -> None:
        self._uses.setdefault((self._text(node), scope, (), Role.VALUE), node.start_byte)

    def _named(self, node: Node, scope: LocalScope, *, push: bool = True) -> Named | None:
        """Return a name with members, or None; the rest of it is walked if ``push``."""
        chain: list[str] = []
        while True:
            number = node.kind_id
            if number in (grammar.MEMBER, grammar.SUBSCRIPT):
                children = node.named_children
                chain.append(self._member_name(children[-1], number, scope, push=push))
                node = children[0]
            elif number == grammar.PARENTHESES:
                node = self._unwrapped(node, scope, push=push)
            elif number == grammar.CALL and self._is_await(node):
                *before, node = node.named_children[-1].named_children
                if push:
                    self._stack.extend([(each, scope) for each in before])
            else:
                break
        if number == grammar.IDENTIFIER:
            name = self._text(node)
        elif number == grammar.META:
            name = "import.meta"
        else:
            if push:
                self._push(node, scope)
            return None
        return Named(name, scope, tuple(reversed(chain))[:MAX_CHAIN])

    def _is_await(self, node: Node) -> bool:
        """Tell whether a call is `await (0, f)(x)`, which the grammar parses as `await(0, f)`."""
        callee, arguments = node.named_children[0], node.named_children[-1]
        if callee.end_byte - callee.start_byte != 5 or not arguments.named_children:
            return False
        return self._text(callee) == "await" and arguments.kind_id == grammar.ARGUMENTS

    def _unwrapped(self, node: Node, scope: LocalScope, *, push: bool) -> Node:
        """Return what ``(a)`` or ``(0, a)`` evaluates to."""
        inner = node.named_children[-1]
        if inner.kind_id != grammar.SEQUENCE:
            return inner
        *before, last = inner.named_children
        if push:
            self._stack.extend([(each, scope) for each in before])
        return last

    def _member_name(self, key: Node, number: int, scope: LocalScope, *, push: bool) -> str:
        if number == grammar.MEMBER:
            return self._text(key)
        if key.kind_id == grammar.STRING:
            return self._text(key)[1:-1]
        if key.kind_id == grammar.NUMBER:
            return self._text(key)
        is_name = key.kind_id == grammar.IDENTIFIER
        self._key = Named(self._text(key), scope) if is_name else None
        if push:
            self._push(key, scope)
        return ANY

    def _member(self, node: Node, scope: LocalScope) -> None:
        named = self._named(node, scope)
        if named is None:
            return
        self._use(named, Role.VALUE, node.start_byte)
        self._note_key(named, node.start_byte)

    def _note_key(self, named: Named, at: int) -> None:
        """Remember the name that says which member ``a[name]`` is."""
        if ANY in named.chain:
            base = Named(named.name, named.scope, named.chain[: named.chain.index(ANY)])
            self._facts.env_keys.append(EnvKey(base, self._key, at))

    def _call(self, node: Node, scope: LocalScope) -> None:
        children = node.named_children
        callee = children[0]
        arguments = children[-1] if len(children) > 1 else None
        if callee.kind_id == grammar.IMPORT:
            target: Named | None = Named("import()", scope)
        else:
            if self._source.endswith(_CODE_MAKER, callee.start_byte, callee.end_byte):
                self._facts.makes_code.append(node.start_byte)
            target = self._named(callee, scope)
        if target is not None:
            self._use(target, Role.CALLED, node.start_byte)
            self._calls.append((target, arguments, node.start_byte))
            self._note_key(target, node.start_byte)
        self._push(arguments, scope)

    def _unary(self, node: Node, scope: LocalScope) -> None:
        argument = node.named_children[-1]
        if self._source.startswith("typeof", node.start_byte):
            named = self._named(argument, scope)
            if named is not None:
                self._use(named, Role.TESTED, node.start_byte)
            return
        self._push(argument, scope)

    def _binary(self, node: Node, scope: LocalScope) -> None:
        left, right = node.named_children[0], node.named_children[-1]
        operator = self._source[left.end_byte : right.start_byte].strip()
        if operator not in _COMPARISONS:
            self._push_children(node, scope)
            return
        if operator == "in" and left.kind_id == grammar.STRING:
            named = self._named(right, scope)
            if named is not None:
                tested = Named(named.name, scope, (*named.chain, self._text(left)[1:-1]))
                self._use(tested, Role.TESTED, node.start_byte)
            return
        for side in (left, right):
            # A compared value is not passed on.
            if self._taken(side, scope) is None:
                self._push(side, scope)

    def _assignment(self, node: Node, scope: LocalScope) -> None:
        left, right = node.named_children[0], node.named_children[-1]
        if left.kind_id == grammar.IDENTIFIER:
            self._use(Named(self._text(left), scope), Role.TAKEN, left.start_byte)
            alias = self._taken(right, scope)
            if alias is not None:
                self._renamed.append((Named(self._text(left), scope), alias, right.start_byte))
            else:
                self._push(right, scope)
            return
        self._push(left, scope)
        self._push(right, scope)

    def _taken(self, node: Node, scope: LocalScope) -> Named | None:
        """Return what ``node`` is an alias for, noted as used; None when it is more."""
        if node.kind_id not in (grammar.IDENTIFIER, grammar.MEMBER, grammar.SUBSCRIPT):
            return None
        named = self._named(node, scope, push=False)
        if named is None or ANY in named.chain:
            return None
        self._use(named, Role.TAKEN, node.start_byte)
        return named

    def _block(self, node: Node, scope: LocalScope) -> None:
        children = node.named_children
        if any(child.kind_id in grammar.DECLARATIONS for child in children):
            scope = LocalScope(scope, is_function=False)
        self._stack.extend([(child, scope) for child in children])

    def _array(self, node: Node, scope: LocalScope) -> None:
        if not self._tables.holds(node):
            self._push_children(node, scope)

    def _opened(self, node: Node, scope: LocalScope) -> None:
        self._push_children(node, LocalScope(scope, is_function=False))

    def _for_in(self, node: Node, scope: LocalScope) -> None:
        scope = LocalScope(scope, is_function=False)
        left, keyword = node.child_by_field_name("left"), node.child_by_field_name("kind")
        if left is None or keyword is None:
            self._push_children(node, scope)
            if left is not None:
                scope.names |= dict.fromkeys(misread_names(left, self._source), Local())
            return
        owner = scope.function if self._text(keyword) == "var" else scope
        self._declare(left, owner, scope)
        for child in node.named_children:
            if child.start_byte != left.start_byte:
                self._push(child, scope)

    def _catch(self, node: Node, scope: LocalScope) -> None:
        scope = LocalScope(scope, is_function=False)
        parameter = node.child_by_field_name("parameter")
        if parameter is not None:
            self._declare(parameter, scope, scope)
        self._push(node.child_by_field_name("body"), scope)

    def _class(self, node: Node, scope: LocalScope) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            if node.kind_id == grammar.CLASS:
                scope = LocalScope(scope, is_function=False)
            scope.names[self._text(name)] = Local()
        for child in node.named_children:
            if name is None or child.start_byte != name.start_byte:
                self._push(child, scope)

    def _function(self, node: Node, scope: LocalScope) -> None:
        name = node.child_by_field_name("name")
        inner = LocalScope(scope, is_function=True)
        if name is not None:
            if node.kind_id == grammar.METHOD:
                self._push(name, scope)
            else:
                owner = scope if node.kind_id in grammar.NAMED_FUNCTIONS else inner
                owner.names[self._text(name)] = Local()
        start = node.start_byte
        single = node.child_by_field_name("parameter")
        if single is not None:
            inner.names[self._text(single)] = Local(function=start)
        parameters = node.child_by_field_name("parameters")
        if parameters is not None:
            for index, pattern in enumerate(parameters.named_children):
                self._declare(pattern, inner, inner, Local(function=start, index=index))
        body = node.child_by_field_name("body")
        if body is not None and body.kind_id == grammar.BLOCK:
            self._push_children(body, inner)
        else:
            self._push(body, inner)

    def _variables(self, node: Node, scope: LocalScope) -> None:
        owner = scope.function if node.kind_id == grammar.VAR else scope
        for declarator in node.named_children:
            if declarator.kind_id != grammar.DECLARATOR:
                continue
            children = declarator.named_children
            value = children[-1] if len(children) > 1 else None
            alias = None if value is None else self._taken(value, scope)
            whole = Local(alias=alias, value=lasting(value, self._region), scope=scope)
            self._declare(children[0], owner, scope, whole)
            if alias is None:
                self._push(value, scope)

    def _declare(
        self, pattern: Node, owner: LocalScope, scope: LocalScope, whole: Local | None = None
    ) -> None:
        """Declare the names of a pattern, as parts of ``whole`` where that is known."""
        for name, path, extra in pattern_parts(pattern, self._source):
            if extra is not None:
                self._push(extra, scope)
            if name is None:
                continue
            local = Local()
            if whole is not None and whole.alias is not None:
                alias = whole.alias
                target = Named(alias.name, alias.scope, alias.chain + path)
                local = Local(alias=target)
                self._use(target, Role.TAKEN, pattern.start_byte)
            elif whole is not None and whole.function >= 0:
                local = Local(function=whole.function, index=whole.index, path=path)
                used = Named(name, owner)
                self._use(used, Role.TAKEN, pattern.start_byte)
            elif whole is not None and not path:
                local = Local(value=whole.value, scope=whole.scope)
            known = owner.names.get(name)
            if known is None or (
                known.alias is None and known.function < 0 and known.value is None
            ):
                owner.names[name] = local


# One table for all walks: a bundle has thousands of regions.
_HANDLERS: dict[int, Handler] = {
    grammar.IDENTIFIER: _Walk._name,
    grammar.SHORTHAND: _Walk._name,
    grammar.SHORTHAND_TARGET: _Walk._name,
    grammar.MEMBER: _Walk._member,
    grammar.SUBSCRIPT: _Walk._member,
    grammar.CALL: _Walk._call,
    grammar.NEW: _Walk._call,
    grammar.UNARY: _Walk._unary,
    grammar.BINARY: _Walk._binary,
    grammar.ASSIGNMENT: _Walk._assignment,
    grammar.BLOCK: _Walk._block,
    grammar.ARRAY: _Walk._array,
    grammar.SWITCH_BODY: _Walk._opened,
    grammar.FOR: _Walk._opened,
    grammar.FOR_IN: _Walk._for_in,
    grammar.CATCH: _Walk._catch,
    grammar.CLASS_DECLARATION: _Walk._class,
    grammar.CLASS: _Walk._class,
    **dict.fromkeys(grammar.FUNCTIONS, _Walk._function),
    **dict.fromkeys(grammar.VARIABLES, _Walk._variables),
}
