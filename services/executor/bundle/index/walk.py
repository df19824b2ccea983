"""The walk that opens scopes, over the units of an index."""

from __future__ import annotations

from services.executor.bundle.index.scopes import Finder, LazyBinding, RegionScope
from services.executor.bundle.index.slices import DeferredBody
from services.executor.bundle.syntax.patterns import Target, pattern_targets
from services.executor.bundle.syntax.scope import Binding, BindingKind, Scope
from services.executor.bundle.syntax.scope_walk import STRAIGHT, ScopeWalk
from services.executor.bundle.syntax.syntax import Node


class UnitWalk(ScopeWalk):
    """Walks units; ``holes`` are the skipped function bodies, with their scopes."""

    def __init__(self, by_node: dict[int, Scope], finder: Finder) -> None:
        super().__init__(by_node)
        self.holes: list[tuple[DeferredBody, RegionScope]] = []
        self._finder = finder

    def statement(self, node: Node, scope: Scope) -> None:
        """Walk a statement, and declare what it declares."""
        self._push(node, scope, straight=node.type in STRAIGHT)
        self._run()

    def inside_statement(self, node: Node, scope: Scope) -> None:
        """Walk a statement whose own name is declared."""
        if node.type == "FunctionDeclaration":
            self._inside_function(node, scope)
        elif node.type == "ClassDeclaration":
            self._inside_class(node, scope)
        else:
            self._push(node, scope, straight=node.type in STRAIGHT)
        self._run()

    def declarator(self, node: Node, scope: Scope, position: int) -> None:
        """Walk a declarator of a declaration at ``position``, and declare its names."""
        for target in pattern_targets(node.id):
            self._declare_variable(scope, target, node, scope, position)
        self._inside_declarator(node, scope)

    def inside_declarator(self, node: Node, scope: Scope) -> None:
        """Walk a declarator whose one name is declared."""
        self._other_name(Target(str(node.id.name), node.id, ()), node.init, scope)
        self._inside_declarator(node, scope)

    def _inside_declarator(self, node: Node, scope: Scope) -> None:
        if node.id.type != "Identifier":
            self._push_children(node.id, scope)
        self._push(node.init, scope, straight=True)
        self._run()

    def _new_scope(self, node: Node, parent: Scope, *, is_function: bool) -> Scope:
        if is_function and isinstance(node.body, DeferredBody):
            return RegionScope(node, parent)
        return super()._new_scope(node, parent, is_function=is_function)

    def _new_binding(
        self, scope: Scope, name: str, kind: BindingKind, node: Node, value: Node | None
    ) -> Binding:
        binding = LazyBinding(name, kind, scope, self._finder)
        binding.node, binding.value = node, value
        return binding

    def _function_body(self, block: Node, inner: Scope) -> None:
        if isinstance(block, DeferredBody):
            assert isinstance(inner, RegionScope)
            self.holes.append((block, inner))
        else:
            super()._function_body(block, inner)
