"""Builds the scopes of a program in one walk; see ``scope.py`` for what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from services.executor.bundle.member_writes import defined_by_call, enum_alias, member_path
from services.executor.bundle.patterns import Target, pattern_targets
from services.executor.bundle.scope import (
    Binding,
    BindingKind,
    MemberWrite,
    Scope,
    ScopeTree,
    Write,
)
from services.executor.bundle.syntax import Node, children

_LEXICAL = frozenset({"ClassDeclaration", "FunctionDeclaration"})


@dataclass(frozen=True)
class _Work:
    node: Node
    scope: Scope
    straight: bool = False


def build_scopes(program: Node) -> ScopeTree:
    """Return the scopes of a parsed program."""
    walk = _Walk(program)
    walk.run()
    return walk.finish()


class _Walk:
    def __init__(self, program: Node) -> None:
        self.root = Scope(program, None, is_function=True)
        self.by_node: dict[int, Scope] = {id(program): self.root}
        self._stack: list[_Work] = []
        self._writes: list[tuple[str, Write]] = []
        self._member_writes: list[tuple[str, MemberWrite]] = []
        self._aliases: list[tuple[str, Scope, Node]] = []
        self._handlers: dict[str, Callable[[Node, Scope, bool], None]] = {
            "ArrowFunctionExpression": self._function,
            "FunctionExpression": self._function,
            "FunctionDeclaration": self._function,
            "ClassDeclaration": self._class,
            "ClassExpression": self._class,
            "BlockStatement": self._block,
            "StaticBlock": self._static_block,
            "SwitchStatement": self._switch,
            "ForStatement": self._loop,
            "ForInStatement": self._for_each,
            "ForOfStatement": self._for_each,
            "CatchClause": self._catch,
            "VariableDeclaration": self._variables,
            "ImportDeclaration": self._import,
            "ExpressionStatement": self._statement,
            "SequenceExpression": self._sequence,
            "AssignmentExpression": self._assignment,
            "UpdateExpression": self._update,
            "UnaryExpression": self._delete,
            "CallExpression": self._call,
        }

    def run(self) -> None:
        self._body(self.root.node.body, self.root)
        stack, handlers = self._stack, self._handlers
        while stack:
            work = stack.pop()
            handler = handlers.get(work.node.type)
            if handler is not None:
                handler(work.node, work.scope, work.straight)
            else:
                self._push_children(work.node, work.scope)

    def finish(self) -> ScopeTree:
        for name, write in self._writes:
            binding = write.scope.lookup(name)
            if binding is not None:
                binding.writes.append(write)
        free: dict[str, list[MemberWrite]] = {}
        for name, member in self._member_writes:
            binding = member.scope.lookup(name)
            target = free.setdefault(name, []) if binding is None else binding.members
            target.append(member)
        self._link_aliases()
        return ScopeTree(self.root, self.by_node, free)

    def _push(self, node: Node | None, scope: Scope, *, straight: bool = False) -> None:
        if node is not None:
            self._stack.append(_Work(node, scope, straight))

    def _push_children(self, node: Node, scope: Scope) -> None:
        self._stack.extend([_Work(child, scope) for child in children(node)][::-1])

    def _open(self, node: Node, parent: Scope, *, is_function: bool = False) -> Scope:
        scope = Scope(node, parent, is_function)
        self.by_node[id(node)] = scope
        return scope

    def _body(self, statements: list[Node], scope: Scope) -> None:
        work = [_Work(s, scope, s.type == "ExpressionStatement") for s in statements]
        self._stack.extend(reversed(work))

    def _function(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.type == "FunctionDeclaration" and node.id is not None:
            self._declare(scope, node.id.name, BindingKind.FUNCTION, node, value=node)
        inner = self._open(node, scope, is_function=True)
        if node.type == "FunctionExpression" and node.id is not None:
            self._declare(inner, node.id.name, BindingKind.FUNCTION, node, value=node)
        for index, parameter in enumerate(node.params):
            for target in pattern_targets(parameter, parameter_index=index):
                self._declare_target(inner, target, BindingKind.PARAMETER, None, index)
            if parameter.type != "Identifier":
                self._push_children(parameter, inner)
        if node.body.type == "BlockStatement":
            self.by_node[id(node.body)] = inner
            self._body(node.body.body, inner)
        else:
            self._push(node.body, inner)

    def _class(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.id is not None:
            if node.type == "ClassDeclaration":
                self._declare(scope, node.id.name, BindingKind.CLASS, node, value=node)
            else:
                scope = self._open(node, scope)
                self._declare(scope, node.id.name, BindingKind.CLASS, node, value=node)
        self._push(node.superClass, scope)
        self._push_children(node.body, scope)

    def _block(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._statements(node, node.body, scope)

    def _static_block(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._statements(node, node.body, self._open(node, scope, is_function=True))

    def _switch(self, node: Node, scope: Scope, _straight: bool) -> None:
        self._push(node.discriminant, scope)
        inner = self._open(node, scope)
        for case in node.cases:
            self._push(case, inner)

    def _statements(self, node: Node, body: list[Node], scope: Scope) -> None:
        lexical = any(
            s.type in _LEXICAL or (s.type == "VariableDeclaration" and s.kind != "var")
            for s in body
        )
        inner = self._open(node, scope) if lexical else scope
        for statement in reversed(body):
            self._push(statement, inner)

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
        else:
            for target in pattern_targets(left):
                self._writes.append((target.name, Write(node, None, inner)))
        self._push(node.right, inner)
        self._push(node.body, inner)

    def _catch(self, node: Node, scope: Scope, _straight: bool) -> None:
        inner = self._open(node, scope)
        if node.param is not None:
            for target in pattern_targets(node.param):
                self._declare_target(inner, target, BindingKind.UNKNOWN, None)
        self._push(node.body, inner)

    def _variables(self, node: Node, scope: Scope, _straight: bool) -> None:
        owner = scope.function if node.kind == "var" else scope
        for declarator in node.declarations:
            for target in pattern_targets(declarator.id):
                self._declare_variable(owner, target, declarator, scope)
            if declarator.id.type != "Identifier":
                self._push_children(declarator.id, scope)
        for declarator in reversed(node.declarations):
            self._push(declarator.init, scope)

    def _declare_variable(
        self, owner: Scope, target: Target, declarator: Node, scope: Scope
    ) -> None:
        known = owner.bindings.get(target.name)
        if known is None:
            self._declare_target(owner, target, BindingKind.VARIABLE, declarator.init)
            owner.bindings[target.name].home = scope
        elif declarator.init is not None:
            # `var x` twice, or a `var` of a parameter's name: a second definition is a write.
            value = declarator.init if not target.steps else None
            self._writes.append((target.name, Write(declarator, value, scope)))

    def _import(self, node: Node, scope: Scope, _straight: bool) -> None:
        for specifier in node.specifiers:
            binding = self._declare(
                scope, specifier.local.name, BindingKind.IMPORT, specifier, value=specifier
            )
            binding.source = str(node.source.value)

    def _statement(self, node: Node, scope: Scope, straight: bool) -> None:
        self._push(node.expression, scope, straight=straight)

    def _sequence(self, node: Node, scope: Scope, straight: bool) -> None:
        for expression in reversed(node.expressions):
            self._push(expression, scope, straight=straight)

    def _assignment(self, node: Node, scope: Scope, straight: bool) -> None:
        left, plain = node.left, node.operator == "="
        if left.type == "Identifier":
            value = node.right if plain else None
            self._writes.append((str(left.name), Write(node, value, scope)))
        elif left.type == "MemberExpression":
            self._member(left, node.right if plain else None, node, scope, straight)
            self._push(left.object, scope)
            self._push(left.property, scope, straight=straight)
        else:
            for target in pattern_targets(left):
                self._writes.append((target.name, Write(node, None, scope)))
            self._push_children(left, scope)
        self._push(node.right, scope, straight=straight)

    def _member(
        self, left: Node, value: Node | None, node: Node, scope: Scope, straight: bool
    ) -> None:
        root, path = member_path(left)
        if root is not None:
            self._member_writes.append((root, MemberWrite(node, path, value, scope, straight)))

    def _update(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.argument.type == "Identifier":
            self._writes.append((str(node.argument.name), Write(node, None, scope)))
        elif node.argument.type == "MemberExpression":
            self._member(node.argument, None, node, scope, straight=False)
        self._push_children(node, scope)

    def _delete(self, node: Node, scope: Scope, _straight: bool) -> None:
        if node.operator == "delete" and node.argument.type == "MemberExpression":
            self._member(node.argument, None, node, scope, straight=False)
        self._push_children(node, scope)

    def _call(self, node: Node, scope: Scope, straight: bool) -> None:
        for root, path, value, is_getter in defined_by_call(node):
            write = MemberWrite(node, path, value, scope, straight, is_getter)
            self._member_writes.append((root, write))
        alias = enum_alias(node)
        if alias is not None:
            self._aliases.append((alias, scope, node.callee))
        self._push_children(node, scope)

    def _link_aliases(self) -> None:
        for name, scope, function in self._aliases:
            binding = scope.lookup(name)
            parameter = self.by_node[id(function)].bindings.get(str(function.params[0].name))
            if binding is not None and parameter is not None:
                binding.members.extend(parameter.members)

    def _declare_target(
        self, scope: Scope, target: Target, kind: BindingKind, value: Node | None, index: int = 0
    ) -> None:
        binding = self._declare(scope, target.name, kind, target.node, value=value)
        binding.steps = target.steps
        binding.index = index

    def _declare(
        self, scope: Scope, name: str, kind: BindingKind, node: Node, *, value: Node | None
    ) -> Binding:
        known = scope.bindings.get(name)
        if known is not None and kind is BindingKind.VARIABLE:
            return known
        binding = Binding(name, kind, scope, node, value)
        scope.bindings[name] = binding
        return binding
