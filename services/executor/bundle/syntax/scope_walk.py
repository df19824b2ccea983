"""Builds the scopes of a program in one walk; see ``scope.py`` for what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.syntax.async_modules import passes_error_on
from services.executor.bundle.syntax.in_node import CONDITIONS, branch_in_node
from services.executor.bundle.syntax.member_writes import (
    called_functions,
    defined_by_call,
    enum_alias,
    is_chain,
    listed,
    member_path,
    mutated,
    part_named,
    passed,
)
from services.executor.bundle.syntax.patterns import Target, member_targets, pattern_targets
from services.executor.bundle.syntax.scope import (
    CALLED,
    Binding,
    BindingKind,
    MemberWrite,
    NamedPart,
    OtherName,
    Scope,
    ScopeTree,
    Write,
)
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, children_with_names

_LEXICAL = frozenset({"ClassDeclaration", "FunctionDeclaration"})
# Statements whose expressions run once when their function does.
STRAIGHT = (
    *("ExpressionStatement", "IfStatement", "ReturnStatement", "TryStatement"),
    "VariableDeclaration",
)
_ALSO_PLAIN = frozenset({"=", "||=", "??="})


@dataclass(frozen=True)
class _Work:
    node: Node
    scope: Scope
    straight: bool = False


def build_scopes(program: Node) -> ScopeTree:
    """Return the scopes of a parsed program."""
    root = Scope(program, None, is_function=True)
    by_node = {id(program): root}
    free: dict[str, list[MemberWrite]] = {}
    walk = ScopeWalk(by_node)
    walk.body(program.body, root)
    walk.resolve(lambda name, write, _position: free.setdefault(name, []).append(write))
    return ScopeTree(root, by_node, free)


class ScopeWalk:
    """A walk over the statements in a scope.

    ``by_node`` collects the opened scopes. Names are looked up at the end (``resolve``), when all
    are declared.
    """

    def __init__(self, by_node: dict[int, Scope]) -> None:
        self.by_node = by_node
        self._stack: list[_Work] = []
        self._writes: list[tuple[str, Write, int]] = []
        self._member_writes: list[tuple[str, MemberWrite]] = []
        self._aliases: list[tuple[str, Scope, Node]] = []
        self._others: list[NamedPart] = []
        self._called: set[int] = set()
        self._handlers: dict[str, Callable[[Node, Scope, bool], None]] = {
            **dict.fromkeys(FUNCTION_TYPES, self._function),
            **dict.fromkeys(("ClassDeclaration", "ClassExpression"), self._class),
            **dict.fromkeys(CONDITIONS, self._condition),
            "BlockStatement": self._block,
            "StaticBlock": self._static_block,
            "SwitchStatement": self._switch,
            "ForStatement": self._loop,
            **dict.fromkeys(("ForInStatement", "ForOfStatement"), self._for_each),
            "CatchClause": self._catch,
            "TryStatement": self._try,
            "VariableDeclaration": self._variables,
            "ImportDeclaration": self._import,
            **dict.fromkeys(("ExpressionStatement", "ReturnStatement"), self._statement),
            "SequenceExpression": self._sequence,
            "AssignmentExpression": self._assignment,
            **dict.fromkeys(("UnaryExpression", "UpdateExpression"), self._update),
            "CallExpression": self._call,
        }

    def body(self, statements: list[Node], scope: Scope) -> None:
        """Walk the statements of a program or of a function's body."""
        self._body(statements, scope)
        self._run()

    def _run(self) -> None:
        stack, handlers = self._stack, self._handlers
        while stack:
            work = stack.pop()
            handler = handlers.get(work.node.type)
            if handler is not None:
                handler(work.node, work.scope, work.straight)
            else:
                self._push_children(work.node, work.scope)

    def resolve(self, free: Callable[[str, MemberWrite, int], None]) -> None:
        """Pass each write to its binding, or to ``free`` for a member of an undeclared name."""
        for name, write, position in self._writes:
            binding = write.scope.lookup(name)
            if binding is not None:
                binding.add_write(write, position)
        for name, member in self._member_writes:
            binding = member.scope.lookup(name)
            if binding is not None:
                binding.add_member(member, int(member.node._start))
            else:
                free(name, member, int(member.node._start))
        self._link_aliases()
        self._link_others()

    def _push(self, node: Node | None, scope: Scope, *, straight: bool = False) -> None:
        if node is not None:
            self._stack.append(_Work(node, scope, straight))

    def _push_children(self, node: Node, scope: Scope) -> None:
        self._stack.extend([_Work(child, scope) for child in children_with_names(node)][::-1])

    def _open(self, node: Node, parent: Scope, *, is_function: bool = False) -> Scope:
        scope = self._new_scope(node, parent, is_function=is_function)
        self.by_node[id(node)] = scope
        return scope

    def _body(self, statements: list[Node], scope: Scope) -> None:
        work = [_Work(s, scope, s.type in STRAIGHT) for s in statements]
        self._stack.extend(reversed(work))

    def _new_scope(self, node: Node, parent: Scope, *, is_function: bool) -> Scope:
        return Scope(node, parent, is_function)

    def _new_binding(
        self, scope: Scope, name: str, kind: BindingKind, node: Node, value: Node | None
    ) -> Binding:
        return Binding(name, kind, scope, node, value)

    def _function(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.type == "FunctionDeclaration" and node.id is not None:
            self._declare(scope, node.id.name, BindingKind.FUNCTION, node, value=node)
        self._inside_function(node, scope)

    def _inside_function(self, node: Node, scope: Scope) -> None:
        inner = self._open(node, scope, is_function=True)
        inner.runs_at_once = id(node) in self._called
        if node.type == "FunctionExpression" and node.id is not None:
            self._declare(inner, node.id.name, BindingKind.FUNCTION, node, value=node)
        for index, parameter in enumerate(node.params):
            for target in pattern_targets(parameter, parameter_index=index):
                self._declare_target(inner, target, BindingKind.PARAMETER, None, index)
            if parameter.type != "Identifier":
                self._push_children(parameter, inner)
        if node.body.type == "BlockStatement":
            self.by_node[id(node.body)] = inner
            self._function_body(node.body, inner)
        else:
            self._push(node.body, inner, straight=True)

    def _function_body(self, block: Node, inner: Scope) -> None:
        self._body(block.body, inner)

    def _class(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.id is not None:
            if node.type == "ClassExpression":
                scope = self._open(node, scope)
            self._declare(scope, node.id.name, BindingKind.CLASS, node, value=node)
        self._inside_class(node, scope)

    def _inside_class(self, node: Node, scope: Scope) -> None:
        self._push(node.superClass, scope)
        self._push_children(node.body, scope)

    def _block(self, node: Node, scope: Scope, straight: bool) -> None:
        self._statements(node, scope, straight=straight)

    def _condition(self, node: Node, scope: Scope, straight: bool) -> None:
        taken = branch_in_node(node) if straight else None
        for child in reversed(list(children_with_names(node))):
            self._push(child, scope, straight=straight and child is taken)

    def _static_block(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._statements(node, self._open(node, scope, is_function=True))

    def _switch(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._push(node.discriminant, scope)
        inner = self._open(node, scope)
        for case in node.cases:
            self._push(case, inner)

    def _try(self, node: Node, scope: Scope, straight: bool) -> None:
        self._push(node.finalizer, scope)
        self._push(node.handler, scope)
        self._statements(node.block, scope, straight=straight and passes_error_on(node))

    def _statements(self, node: Node, scope: Scope, *, straight: bool = False) -> None:
        lexical = any(
            s.type in _LEXICAL or (s.type == "VariableDeclaration" and s.kind != "var")
            for s in node.body
        )
        inner = self._open(node, scope) if lexical else scope
        for statement in reversed(node.body):
            self._push(statement, inner, straight=straight and statement.type in STRAIGHT)

    def _loop(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._push_children(node, self._open(node, scope))

    def _for_each(self, node: Node, scope: Scope, _straight: bool) -> None:
        inner = self._open(node, scope)
        left = node.left
        if left.type == "VariableDeclaration":
            for declarator in left.declarations:
                owner = scope.function if left.kind == "var" else inner
                for target in pattern_targets(declarator.id):
                    self._declare_target(owner, target, BindingKind.UNKNOWN, None)
                    for value in listed(node.right):
                        self._other_name(target, value, inner)
        else:
            for target in pattern_targets(left):
                self._write(target.name, Write(node, None, inner))
            self._members_of(left, node, inner)
        self._push(node.right, inner)
        self._push(node.body, inner)

    def _catch(self, node: Node, scope: Scope, _straight: bool) -> None:
        inner = self._open(node, scope)
        if node.param is not None:
            for target in pattern_targets(node.param):
                self._declare_target(inner, target, BindingKind.UNKNOWN, None)
        self._push(node.body, inner)

    def _variables(self, node: Node, scope: Scope, straight: bool) -> None:
        owner = scope.function if node.kind == "var" else scope
        for declarator in node.declarations:
            for target in pattern_targets(declarator.id):
                self._declare_variable(owner, target, declarator, scope, int(node._start))
            if declarator.id.type != "Identifier":
                self._push_children(declarator.id, scope)
        for declarator in reversed(node.declarations):
            self._push(declarator.init, scope, straight=straight)

    def _write(self, name: str, write: Write, position: int | None = None) -> None:
        self._writes.append((name, write, int(write.node._start) if position is None else position))

    def _declare_variable(
        self, owner: Scope, target: Target, declarator: Node, scope: Scope, position: int
    ) -> None:
        known = owner.declared.get(target.name)
        if known is None:
            self._declare_target(owner, target, BindingKind.VARIABLE, declarator.init)
            owner.declared[target.name].home = scope
            self._other_name(target, declarator.init, scope)
        elif declarator.init is not None:
            self._other_name(target, declarator.init, scope)
            # `var x` twice, or a `var` with a parameter's name: a second definition is a write.
            value = declarator.init if not target.steps else None
            self._write(target.name, Write(declarator, value, scope), position)

    def _import(self, node: Node, scope: Scope, _straight: bool) -> None:
        for specifier in node.specifiers:
            binding = self._declare(
                scope, specifier.local.name, BindingKind.IMPORT, specifier, value=specifier
            )
            binding.source = str(node.source.value)

    def _statement(self, node: Node, scope: Scope, straight: bool) -> None:
        is_return = node.type == "ReturnStatement"
        expression = node.argument if is_return else node.expression
        if not is_return:
            self._effects(expression, scope, straight)
        self._push(expression, scope, straight=straight)

    def _effects(self, node: Node, scope: Scope, straight: bool) -> None:
        """Remember that a call made for its effect may change its arguments."""
        if node.type != "CallExpression" or not is_chain(node.callee):
            return
        for argument in node.arguments:
            if is_chain(argument):
                root, path = part_named(argument, ())
                write = MemberWrite(node, path, argument, scope, straight, mutator=CALLED)
                self._member_writes.append((root, write))

    def _sequence(self, node: Node, scope: Scope, straight: bool) -> None:
        for expression in node.expressions:
            self._effects(expression, scope, straight)
        for expression in reversed(node.expressions):
            self._push(expression, scope, straight=straight)

    def _assignment(self, node: Node, scope: Scope, straight: bool) -> None:
        left, plain = node.left, node.operator == "="
        if left.type == "Identifier":
            # A name without a value whose only write is `x ||= value` holds that value.
            value = node.right if node.operator in _ALSO_PLAIN else None
            self._other_name(Target(str(left.name), left, ()), node.right, scope)
            self._write(str(left.name), Write(node, value, scope))
        elif left.type == "MemberExpression":
            self._member(left, node.right if plain else None, node, scope, straight)
            self._push(left.object, scope)
            self._push(left.property, scope, straight=straight)
        else:
            for target in pattern_targets(left):
                self._write(target.name, Write(node, None, scope))
                self._other_name(target, node.right, scope)
            self._members_of(left, node, scope)
            self._push_children(left, scope)
        self._push(node.right, scope, straight=straight)

    def _member(
        self, left: Node, value: Node | None, node: Node, scope: Scope, straight: bool
    ) -> None:
        root, path = member_path(left)
        if root is not None:
            self._member_writes.append((root, MemberWrite(node, path, value, scope, straight)))

    def _members_of(self, pattern: Node, node: Node, scope: Scope) -> None:
        for member in member_targets(pattern):
            self._member(member, None, node, scope, straight=False)

    def _update(self, node: Node, scope: Scope, _straight: bool) -> None:
        is_update = node.type == "UpdateExpression"
        if is_update and node.argument.type == "Identifier":
            self._write(str(node.argument.name), Write(node, None, scope))
        elif node.argument.type == "MemberExpression" and (is_update or node.operator == "delete"):
            self._member(node.argument, None, node, scope, straight=False)
        self._push_children(node, scope)

    def _call(self, node: Node, scope: Scope, straight: bool) -> None:
        for root, path, value, is_getter in defined_by_call(node):
            write = MemberWrite(node, path, value, scope, straight, is_getter)
            self._member_writes.append((root, write))
        changed = mutated(node)
        if changed is not None:
            name, path = member_path(changed[0])
            if name is not None:
                change = MemberWrite(node, path, node, scope, straight, mutator=changed[1])
                self._member_writes.append((name, change))
        alias = enum_alias(node)
        if alias is not None:
            self._aliases.append((alias, scope, node.callee))
        self._called_functions(node, scope)
        self._push(node.callee, scope)
        for argument in reversed(node.arguments):
            self._push(argument, scope, straight=straight)

    def _called_functions(self, node: Node, scope: Scope) -> None:
        """Mark functions that a call runs, and link their parameters to its arguments."""
        for function, parameter, argument in passed(node):
            if parameter.type == "Identifier" and is_chain(argument):
                self._other_name(Target(str(parameter.name), function, ()), argument, scope)
        self._called.update(id(function) for function in called_functions(node))

    def _other_name(self, target: Target, value: Node | None, scope: Scope) -> None:
        """Remember that ``target`` is an alias for a name or for members of one."""
        if value is not None and is_chain(value):
            root, path = part_named(value, target.steps)
            self._others.append(NamedPart(root, scope, path, target.name, target.node))

    def _link_others(self) -> None:
        for other in self._others:
            binding = other.scope.lookup(other.root)
            inside = self.by_node.get(id(other.place), other.scope)
            target = inside.lookup(other.target)
            if binding is not None and target is not None and target is not binding:
                binding.add_other_name(OtherName(other.path, target), int(other.place._start))

    def _link_aliases(self) -> None:
        for name, scope, function in self._aliases:
            binding = scope.lookup(name)
            parameter = self.by_node[id(function)].declared.get(str(function.params[0].name))
            if binding is not None and parameter is not None:
                binding.add_alias(parameter)

    def _declare_target(
        self, scope: Scope, target: Target, kind: BindingKind, value: Node | None, index: int = 0
    ) -> None:
        binding = self._declare(scope, target.name, kind, target.node, value=value)
        binding.steps = target.steps
        binding.index = index

    def _declare(
        self, scope: Scope, name: str, kind: BindingKind, node: Node, *, value: Node | None
    ) -> Binding:
        known = scope.declared.get(name)
        if known is not None and kind is BindingKind.VARIABLE:
            return known
        binding = self._new_binding(scope, name, kind, node, value)
        scope.declared[name] = binding
        return binding
