"""Evaluates expressions of a bundle without running them.

A dispatch table by ESTree node type; every handler returns a ``Value``, which is ``Unsupported``
with a reason and place where the value is not known. No code in the bundle runs: a call stays
a ``CallValue`` until ``reduce_call`` (in ``calls.py``) replaces it by the expression that the
called function returns. Steps and depth are bounded; past a bound everything is ``Unsupported``.
"""

from __future__ import annotations

from collections.abc import Callable

from services.executor.bundle.evaluate import operators
from services.executor.bundle.evaluate.array_methods import MAX_ITEMS
from services.executor.bundle.evaluate.bindings import binding_value, is_being_defined
from services.executor.bundle.evaluate.builtins import list_items
from services.executor.bundle.evaluate.calls import reduce_call
from services.executor.bundle.evaluate.choices import Choices
from services.executor.bundle.evaluate.language import global_number
from services.executor.bundle.evaluate.machine import Untold
from services.executor.bundle.evaluate.members import member_of, own_entries
from services.executor.bundle.evaluate.object_literals import (
    because,
    key_of,
    literal_value,
    object_value,
)
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    ClassValue,
    Constant,
    Env,
    Frame,
    FunctionValue,
    GlobalRef,
    Hole,
    ObjectValue,
    Thunk,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
    text_constant,
    truthiness,
)
from services.executor.bundle.syntax.async_modules import dependencies
from services.executor.bundle.syntax.scope import BindingKind, ScopeTree
from services.executor.bundle.syntax.syntax import Node, describe, property_name

MAX_STEPS = 400_000
MAX_DEPTH = 400
MAX_FOLLOWED_CALLS = 64


class Evaluator:
    """Evaluates expressions of one program; ``notes`` are what users of the results should know."""

    def __init__(
        self, tree: ScopeTree, max_steps: int = MAX_STEPS, max_depth: int = MAX_DEPTH
    ) -> None:
        self.tree = tree
        self.root = Env(tree.root, Frame(tree.root, None, None))
        self.notes: list[tuple[str, Node]] = []
        self.unset = False  # whether a variable of the environment counted as unset
        self.choices = Choices()
        self._steps_left, self._depth_left = max_steps, max_depth
        self._noted: set[int] = set()
        self.untold: list[Untold] = []
        self._results: dict[CallValue, Value] = {}
        self._handlers: dict[str, Callable[[Node, Env], Value]] = {
            "ArrayExpression": self._array,
            "ArrowFunctionExpression": self._function,
            "AssignmentExpression": self._assignment,
            "AwaitExpression": lambda n, e: operators.awaited(self.evaluate(n.argument, e), n),
            "BinaryExpression": self._binary,
            "CallExpression": self._call,
            "ChainExpression": self._chain,
            "ClassDeclaration": self._class,
            "ClassExpression": self._class,
            "ConditionalExpression": self._conditional,
            "FunctionDeclaration": self._function,
            "FunctionExpression": self._function,
            "Identifier": self._identifier,
            "Literal": lambda node, _env: literal_value(node),
            "LogicalExpression": self._logical,
            "MemberExpression": self._member,
            "MetaProperty": self._meta,
            "NewExpression": self._call,
            "ObjectExpression": self._object,
            "SequenceExpression": self._sequence,
            "TaggedTemplateExpression": self._tagged,
            "TemplateLiteral": self._template,
            "UnaryExpression": self._unary,
        }

    def __repr__(self) -> str:
        return f"Evaluator(steps_left={self._steps_left}, depth_left={self._depth_left})"

    def evaluate(self, node: Node, env: Env) -> Value:
        """Return the value of an expression; a call stays a call."""
        handler = self._handlers.get(node.type)
        if handler is None:
            return Unsupported(f"{describe(node)} is known only when the bundle runs", node)
        if self._steps_left <= 0:
            return Unsupported("the bundle takes too many steps to evaluate", node)
        if self._depth_left <= 0:
            return Unsupported("the expression is nested too deeply", node)
        self._steps_left -= 1
        self._depth_left -= 1
        try:
            return handler(node, env)
        except RecursionError:
            return Unsupported("the expression is nested too deeply", node)
        finally:
            self._depth_left += 1

    def value_of(self, thunk: Thunk) -> Value:
        """Return the value of a thunk, evaluated once; a call stays a call."""
        if thunk.value is None:
            env = thunk.env if thunk.env is not None else self.root
            thunk.value = self.evaluate(thunk.node, env)
        return thunk.value

    def forced(self, value: Value) -> Value:
        """Return ``value`` with calls followed until it is no longer a call."""
        for _ in range(MAX_FOLLOWED_CALLS):
            if not isinstance(value, CallValue):
                return value
            value = self.reduced(value)
        return Unsupported("its calls lead too far", value.node)

    def settled(self, thunk: Thunk) -> Value:
        """Return the value of a thunk with calls followed."""
        return self.forced(self.value_of(thunk))

    def reduced(self, call: CallValue) -> Value:
        """Return what one call evaluates to, followed one step; see ``reduce_call``."""
        result = self._results.get(call)
        if result is None:
            self._results[call] = Unsupported("it needs its own result", call.node)
            result = self._results[call] = self._reduced(call)
        return result

    def _reduced(self, call: CallValue) -> Value:
        if self._depth_left <= 0 or self._steps_left <= 0:
            return Unsupported("it is nested too deeply to follow", call.node)
        self._steps_left -= 1
        self._depth_left -= 1
        try:
            return reduce_call(self, call)
        finally:
            self._depth_left += 1

    def note(self, reason: str, node: Node) -> None:
        """Record a note for users of the result, once per place."""
        if id(node) not in self._noted:
            self._noted.add(id(node))
            self.notes.append((reason, node))

    def note_unset(self, value: Unsupported, what: str) -> None:
        """Record what holds because a variable of the environment counts as unset."""
        self.unset = True
        self.note(f"{value.reason}: {what}", value.node)

    def _template(self, node: Node, env: Env) -> Value:
        pieces = [str(node.quasis[0].value.cooked)]
        size = len(pieces[0])
        for expression, quasi in zip(node.expressions, node.quasis[1:], strict=True):
            value = self.forced(self.evaluate(expression, env))
            flat = operators.primitive(value, self.settled)
            text = None if flat is None else operators.text_of(flat)
            if text is None:
                return because(value, expression, "of a template literal has no constant text")
            pieces += [text, str(quasi.value.cooked)]
            size += len(text) + len(pieces[-1])
            if size > operators.MAX_TEXT:
                return Unsupported("the text is too long", node)
        return text_constant("".join(pieces), node)

    def _tagged(self, node: Node, env: Env) -> Value:
        """Return the text of ``String.raw``; a call with another tag is not known."""
        tag = self.forced(self.evaluate(node.tag, env))
        if not isinstance(tag, GlobalRef) or tag.path != ("String", "raw"):
            return because(tag, node, "is known only when the bundle runs")
        pieces: list[str] = []
        for index, quasi in enumerate(node.quasi.quasis):
            pieces.append(str(quasi.value.raw).replace("\r\n", "\n").replace("\r", "\n"))
            if index < len(node.quasi.expressions):
                expression = node.quasi.expressions[index]
                value = self.forced(self.evaluate(expression, env))
                text = operators.text_of(value)
                if text is None:
                    return because(value, expression, "of a template literal is not constant")
                pieces.append(text)
        whole = "".join(pieces)
        if len(whole) > operators.MAX_TEXT:
            return Unsupported("the text is too long", node)
        return text_constant(whole, node)

    def _meta(self, node: Node, _env: Env) -> Value:
        name = f"{node.meta.name}.{node.property.name}"
        if name == "import.meta":
            return GlobalRef((name,), node)
        return Unsupported(f"`{name}` is known only when the bundle runs", node)

    def _identifier(self, node: Node, env: Env) -> Value:
        name = str(node.name)
        binding = env.scope.lookup(name)
        if binding is not None:
            if binding.kind is BindingKind.VARIABLE and is_being_defined(binding, env, node):
                return Unsupported(f"`{name}` is defined by itself", node)
            return binding_value(self, binding, env, node)
        if name == "undefined":
            return Undefined(node)
        return global_number((name,), node) or GlobalRef((name,), node)

    def _array(self, node: Node, env: Env) -> Value:
        items: list[Thunk] = []
        for element in node.elements:
            if element is None:
                items.append(Thunk(node, None, Hole("the array has a hole", node)))
            elif element.type == "SpreadElement":
                spread = self.forced(self.evaluate(element.argument, env))
                more = list_items(self, spread)
                if more is None:
                    return ArrayValue(tuple(items), node, opaque=spread)
                items.extend(more)
            else:
                items.append(Thunk(element, env))
            if len(items) > MAX_ITEMS:
                return Unsupported("the array has too many items", node)
        return ArrayValue(tuple(items), node)

    def _object(self, node: Node, env: Env) -> Value:
        return object_value(self, node, env)

    def _function(self, node: Node, env: Env) -> Value:
        return FunctionValue(node, env)

    def _class(self, node: Node, env: Env) -> Value:
        inner = Env(self.tree.of(node, env.scope), env.frame)
        members: dict[str, Thunk] = {}
        for element in node.body.body:
            if not element.static or element.key is None:
                continue
            key = property_name(element.key, computed=bool(element.computed))
            if key is not None and element.value is not None:
                members[key] = Thunk(element.value, inner)
        return ClassValue(node, inner, members)

    def _unary(self, node: Node, env: Env) -> Value:
        operator = str(node.operator)
        if operator == "void":
            return Undefined(node)
        value = self.forced(self.evaluate(node.argument, env))
        if operator in ("!", "typeof"):
            value = self._unset(value)
        else:
            value = operators.primitive(value, self.settled) or value
        result = operators.unary(operator, value)
        return result or because(value, node, "is not a constant")

    def _unset(self, value: Value) -> Value:
        """Return undefined for an environment variable, and note it."""
        if not isinstance(value, Unsupported) or value.variable is None:
            return value
        self.note_unset(value, "it is read as undefined")
        return Undefined(value.node)

    def _binary(self, node: Node, env: Env) -> Value:
        # A long `a + b + c` nests to the left: descend without recursion.
        chain = [node]
        while chain[-1].left.type == "BinaryExpression":
            chain.append(chain[-1].left)
        value = self.forced(self.evaluate(chain[-1].left, env))
        for step in reversed(chain):
            right = self.forced(self.evaluate(step.right, env))
            result = self._operation(str(step.operator), value, right)
            if result is None:
                at_fault = value if isinstance(value, Unsupported) else right
                return because(at_fault, step, "is not a constant")
            value = result
        return value

    def _operation(self, operator: str, left: Value, right: Value) -> Value | None:
        if operator == "in":
            key = operators.text_of(left)
            entries = own_entries(self, right) if isinstance(right, ObjectValue) else None
            known_key = key is not None and entries is not None and key in entries
            return Constant(True, left.node) if known_key else None
        if operator in ("===", "!==", "==", "!="):
            return operators.binary(operator, self._unset(left), self._unset(right))
        first = operators.primitive(left, self.settled)
        second = operators.primitive(right, self.settled)
        if first is None or second is None:
            return None
        return operators.binary(operator, first, second)

    def _logical(self, node: Node, env: Env) -> Value:
        operator = node.operator
        left = self._left_of(node, env)
        if isinstance(left, Unsupported) and left.variable is not None:
            return self._unset_or(left, node, env)
        if operator == "??":
            known = is_nullish(left)
        else:
            truth = truthiness(left)
            known = None if truth is None else truth == (operator == "&&")
        if known is None:
            return because(left, node.left, f"decides a `{operator}` and is not known")
        return self.evaluate(node.right, env) if known else left

    def _unset_or(self, left: Unsupported, node: Node, env: Env) -> Value:
        """Return the default of ``process.env.X ?? "default"``, and note that it is used."""
        if node.operator == "&&":
            return left
        self.note_unset(left, f"what follows `{node.operator}` is taken")
        return self.evaluate(node.right, env)

    def _left_of(self, node: Node, env: Env) -> Value:
        left = node.left
        if left.type == "Identifier":
            binding = env.scope.lookup(str(left.name))
            if (
                binding is not None
                and binding.kind is BindingKind.VARIABLE
                and is_being_defined(binding, env, left)
            ):
                return Undefined(left)  # `var E = make(E || {})`, as enums are compiled
        return self.forced(self.evaluate(left, env))

    def _conditional(self, node: Node, env: Env) -> Value:
        listed = dependencies(node, env.scope)
        if listed is not None:
            return self.evaluate(listed, env)
        test = self._unset(self.forced(self.evaluate(node.test, env)))
        truth = truthiness(test)
        if truth is None:
            return because(test, node.test, "decides a condition and is not known")
        taken = node.consequent if truth else node.alternate
        return self.choices.note(self.evaluate(taken, env), Thunk(node.test, env))

    def _sequence(self, node: Node, env: Env) -> Value:
        return self.evaluate(node.expressions[-1], env)

    def _assignment(self, node: Node, env: Env) -> Value:
        if node.operator != "=":
            return Unsupported("an assignment", node)
        return self.evaluate(node.right, env)

    def _chain(self, node: Node, env: Env) -> Value:
        return self.evaluate(node.expression, env)

    def _member(self, node: Node, env: Env) -> Value:
        if node.object.type == "Super" or node.property.type == "PrivateIdentifier":
            return Unsupported("a member that only an instance has", node)
        key = self._member_key(node, env)
        target = self.evaluate(node.object, env)
        if key is None:
            return Unsupported(f"{describe(node.property)} is a key that is not known", node)
        if node.optional and is_nullish(self.forced(target)):
            return Undefined(node)
        return member_of(self, target, key, node)

    def _member_key(self, node: Node, env: Env) -> str | None:
        key = property_name(node.property, computed=bool(node.computed))
        if key is None:
            key = key_of(self, self.forced(self.evaluate(node.property, env)))
        return key

    def _call(self, node: Node, env: Env) -> Value:
        callee, receiver, method = node.callee, None, None
        while callee.type == "ChainExpression":
            callee = callee.expression
        if callee.type == "MemberExpression" and callee.object.type != "Super":
            receiver = Thunk(callee.object, env)
            method = property_name(callee.property, computed=bool(callee.computed))
        arguments, opaque = self._arguments(node, env)
        target = Thunk(_last_of_sequence(callee), env)
        is_new = node.type == "NewExpression"
        return CallValue(node, env, is_new, target, receiver, method, arguments, opaque)

    def _arguments(self, node: Node, env: Env) -> tuple[tuple[Thunk, ...], bool]:
        """Return the arguments, and whether a spread among them could not be followed."""
        arguments: list[Thunk] = []
        for argument in node.arguments or ():
            if argument.type != "SpreadElement":
                arguments.append(Thunk(argument, env))
                continue
            more = list_items(self, self.forced(self.evaluate(argument.argument, env)))
            if more is None or len(arguments) + len(more) > MAX_ITEMS:
                return tuple(arguments), True
            arguments.extend(more)
        return tuple(arguments), False


def _last_of_sequence(callee: Node) -> Node:
    """Return f of ``(0, f)(...)``."""
    return callee.expressions[-1] if callee.type == "SequenceExpression" else callee
