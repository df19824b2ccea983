"""Modules that webpack loads asynchronously, because they or their imports await something.

::

    r.a(module, async (handle, done) => { try {
      r.d(exports, {agent: () => agent});
      var ai = r(12), dependencies = handle([ai]);
      ai = (dependencies.then ? (await dependencies)() : dependencies)[0];
      ...
      done();
    } catch (e) { done(e); } });

The awaited value is the module itself, so a name reassigned this way keeps its meaning.
"""

from __future__ import annotations

from services.executor.bundle.syntax.scope import Scope, Write
from services.executor.bundle.syntax.syntax import Node


def passes_error_on(statement: Node) -> bool:
    """Tell whether a `try` only passes an error on: ``catch (e) { done(e); }``."""
    handler = statement.handler
    if handler is None or handler.param is None or handler.param.type != "Identifier":
        return False
    body = handler.body.body
    if len(body) != 1 or body[0].type != "ExpressionStatement":
        return False
    call = body[0].expression
    if call.type != "CallExpression" or len(call.arguments) != 1:
        return False
    passed = call.arguments[0]
    return bool(passed.type == "Identifier" and passed.name == handler.param.name)


def dependencies(node: Node, scope: Scope) -> Node | None:
    """Return the list in ``d.then ? (await d)() : d`` where ``d = handle([...])``, else None."""
    if node.type != "ConditionalExpression" or node.alternate.type != "Identifier":
        return None
    test = node.test
    if test.type != "MemberExpression" or test.computed or test.property.name != "then":
        return None
    name = str(node.alternate.name)
    if test.object.type != "Identifier" or test.object.name != name:
        return None
    binding = scope.lookup(name)
    call = None if binding is None else binding.value
    if call is None or call.type != "CallExpression" or len(call.arguments) != 1:
        return None
    listed = call.arguments[0]
    return listed if listed.type == "ArrayExpression" else None


def waits_only(write: Write, name: str) -> bool:
    """Tell whether a write only awaits a name's own value: ``x = await x``."""
    value = write.value
    if value is None:
        node = write.node
        listed = node.type == "AssignmentExpression" and node.left.type == "ArrayPattern"
        return bool(listed and dependencies(node.right, write.scope) is not None)
    if value.type == "AwaitExpression":
        return bool(value.argument.type == "Identifier" and value.argument.name == name)
    if value.type != "MemberExpression" or not value.computed:
        return False
    whole = value.object
    if whole.type == "Identifier":
        binding = write.scope.lookup(str(whole.name))
        whole = None if binding is None else binding.value
    return whole is not None and dependencies(whole, write.scope) is not None
