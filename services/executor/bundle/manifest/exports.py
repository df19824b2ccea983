"""What a bundle exports, whatever its form."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.bundle.evaluate.commonjs import module_value
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ImportRef,
    ObjectValue,
    Thunk,
    Value,
    known,
)
from services.executor.bundle.manifest.umd import passed_exports, universal_exports
from services.executor.bundle.syntax.patterns import pattern_targets
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, property_name
from services.executor.domain import BundleFormat


@dataclass(frozen=True)
class Exports:
    """The exported names with their values, and the form of the bundle.

    The whole of ``module.exports``, or an IIFE's result, is also under "default" unless it has a
    default of its own.
    """

    format: BundleFormat
    names: dict[str, Thunk]


def exports_of(evaluator: Evaluator, *, is_module: bool) -> Exports:
    """Return what the program exports, unevaluated as far as possible."""
    program = evaluator.root.scope.node
    if is_module:
        return Exports(BundleFormat.ESM, _module_exports(evaluator, program))
    universal = universal_exports(evaluator, program)
    if universal is not None:
        return Exports(BundleFormat.CJS, _names_of(evaluator, universal))
    free = evaluator.tree.free_members
    exports, module = free.get("exports", []), free.get("module", [])
    if all(write.mutator for write in (*exports, *module)):
        passed = passed_exports(evaluator, program)
        if passed is not None:
            return Exports(BundleFormat.CJS, _names_of(evaluator, passed))
    if exports or module:
        value = module_value(evaluator, exports, module, evaluator.root.frame, program)
        return Exports(BundleFormat.CJS, _names_of(evaluator, value))
    return Exports(BundleFormat.IIFE, _script_exports(evaluator, program))


def _names_of(evaluator: Evaluator, value: Value) -> dict[str, Thunk]:
    whole = evaluator.forced(value)
    if isinstance(whole, ObjectValue):
        names = dict(whole.entries())
        if not whole.is_module:
            names.setdefault("default", known(value))
        return names
    return {"default": known(value)}


def _script_exports(evaluator: Evaluator, program: Node) -> dict[str, Thunk]:
    """Return what each ``var Name = (() => {...})()`` exports; later ones win."""
    names: dict[str, Thunk] = {}
    for index, statement in enumerate(program.body):
        # The sandbox sees the variables that are declared first in a line.
        if statement.type != "VariableDeclaration" or (index and statement._column):
            continue
        declarator = statement.declarations[0]
        if declarator.id.type == "Identifier" and _is_made(evaluator, declarator):
            value = evaluator.evaluate(declarator.id, evaluator.root)
            names.update(_names_of(evaluator, value))
    return names


def _is_made(evaluator: Evaluator, declarator: Node) -> bool:
    """Tell whether a global is a called function's result, or is set once by another."""
    if declarator.init is None:
        binding = evaluator.root.scope.lookup(str(declarator.id.name))
        if binding is None or len(binding.writes) != 1:
            return False
        value = binding.writes[0].value
        is_plain = binding.writes[0].scope is evaluator.root.scope
        return value is None or not (is_plain and value.type == "NewExpression")
    node = declarator.init
    return bool(node.type == "CallExpression" and node.callee.type in FUNCTION_TYPES)


def _module_exports(evaluator: Evaluator, program: Node) -> dict[str, Thunk]:
    names: dict[str, Thunk] = {}
    for statement in program.body:
        if statement.type == "ExportNamedDeclaration":
            names.update(_named(evaluator, statement))
        elif statement.type == "ExportDefaultDeclaration":
            names["default"] = Thunk(statement.declaration, evaluator.root)
        elif statement.type == "ExportAllDeclaration" and statement.exported is not None:
            name = property_name(statement.exported, computed=False) or ""
            reference = ImportRef(str(statement.source.value), (), statement)
            names[name] = known(reference)
    return names


def _named(evaluator: Evaluator, statement: Node) -> dict[str, Thunk]:
    names: dict[str, Thunk] = {}
    for specifier in statement.specifiers or ():
        exported = property_name(specifier.exported, computed=False) or ""
        local = property_name(specifier.local, computed=False) or ""
        if statement.source is not None:
            names[exported] = known(ImportRef(str(statement.source.value), (local,), specifier))
        else:
            names[exported] = Thunk(specifier.local, evaluator.root)
    if statement.declaration is not None:
        for identifier in _declared(statement.declaration):
            names[str(identifier.name)] = Thunk(identifier, evaluator.root)
    return names


def _declared(declaration: Node) -> list[Node]:
    if declaration.type == "VariableDeclaration":
        targets = [pattern_targets(declarator.id) for declarator in declaration.declarations]
        return [target.node for found in targets for target in found]
    return [declaration.id]
