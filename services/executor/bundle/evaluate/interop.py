"""Helper functions that bundlers add to a bundle, recognised by their shape.

Bundlers and minifiers rename them, so what counts is what they do: which loop runs over which
parameter, what they return, which property names they contain. Those that can be followed like any
function (``getDefaultExportFromCjs``, ``__importDefault``) are not listed here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.executor.bundle.evaluate.machine import Machine
from services.executor.bundle.evaluate.members import assigned_parts, without_keys
from services.executor.bundle.evaluate.operators import text_of
from services.executor.bundle.evaluate.values import (
    ArrayValue,
    CallValue,
    Entry,
    Env,
    Frame,
    FunctionValue,
    GlobalRef,
    ImportRef,
    ObjectValue,
    OpaqueRest,
    Thunk,
    Unsupported,
    Value,
    known,
    truthiness,
)
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node, descendants, template_text

HELPER_NODES = 260
_MARK = "__esModule"
_LOOPS = frozenset({"ForInStatement", "ForOfStatement", "ForStatement"})


@dataclass(frozen=True)
class _Shape:
    """What a small function contains: names and strings, loops, what it returns."""

    parameters: tuple[str, ...]
    words: dict[str, int]
    looped: frozenset[str]
    has_loop: bool
    returned: str | None
    choice: Node | None
    function: FunctionValue


def helped(machine: Machine, function: FunctionValue, call: CallValue) -> Value | None:
    """Return what a call of a bundler's helper evaluates to; None if it is not a helper."""
    if not 1 <= len(call.arguments) <= 4 or call.opaque_arguments:
        return None
    shape = _shape_of(function)
    if shape is None:
        return None
    for fits, apply in _HELPERS:
        if fits(shape):
            value = apply(machine, shape, call)
            if value is not None:
                return value
    return None


def _shape_of(value: FunctionValue) -> _Shape | None:
    function = value.node
    if len(function.params) > 4:
        return None
    nodes = list(descendants(function, HELPER_NODES))
    if len(nodes) >= HELPER_NODES:
        return None
    words: dict[str, int] = {}
    looped: set[str] = set()
    returned: str | None = None
    choice: Node | None = None
    for node in nodes:
        word = _word(node)
        if word is not None:
            words[word] = words.get(word, 0) + 1
        if node.type in ("ForInStatement", "ForOfStatement"):
            looped.update(str(n.name) for n in descendants(node.right, 20) if _is_name(n))
        elif node.type == "ConditionalExpression" and node.consequent.type in FUNCTION_TYPES:
            choice = node
        elif node.type == "ReturnStatement" and node.argument is not None:
            last = _last(node.argument)
            returned = str(last.name) if _is_name(last) else returned
    parameters = tuple(str(p.name) if _is_name(p) else "" for p in function.params)
    has_loop = any(node.type in _LOOPS for node in nodes)
    return _Shape(parameters, words, frozenset(looped), has_loop, returned, choice, value)


def _word(node: Node) -> str | None:
    if node.type == "Literal":
        return node.value if isinstance(node.value, str) else None
    if node.type == "TemplateLiteral":
        return template_text(node)
    return str(node.name) if node.type == "Identifier" else None


def _is_name(node: Node) -> bool:
    return bool(node.type == "Identifier")


def _last(node: Node) -> Node:
    return node.expressions[-1] if node.type == "SequenceExpression" else node


def _parameter(shape: _Shape, index: int) -> str | None:
    return shape.parameters[index] if index < len(shape.parameters) else None


def _is_augmented(shape: _Shape) -> bool:
    """Detect rollup's ``getAugmentedNamespace``: it marks a copy of a namespace."""
    return (
        _MARK in shape.words
        and "getOwnPropertyDescriptor" in shape.words
        and ("forEach" in shape.words)
    )


def _is_default_getter(shape: _Shape) -> bool:
    """Detect webpack's ``n(module)``: a function that returns the default, which is its ``a``."""
    return _MARK in shape.words and "a" in shape.words and shape.choice is not None


def _default_getter(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    module = machine.settled(call.arguments[0])
    if isinstance(module, Unsupported) or shape.choice is None:
        return module
    marked = isinstance(module, ImportRef) or (isinstance(module, ObjectValue) and module.is_marked)
    getter = shape.choice.consequent if marked else shape.choice.alternate
    made_in = shape.function.env
    scope = machine.tree.of(shape.function.node, made_in.scope)
    place = Env(scope, Frame(scope, made_in.frame, call.arguments))
    function = FunctionValue(getter, place)
    result = CallValue(call.node, place, False, known(function), None, None, ())
    return FunctionValue(getter, place, {"a": known(result)})


def _is_to_esm(shape: _Shape) -> bool:
    """Detect ``__toESM`` and ``__importStar``, which give a CommonJS module a ``default``."""
    return _MARK in shape.words and "default" in shape.words


def _to_esm(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    module = machine.settled(call.arguments[0])
    if isinstance(module, ImportRef) and not module.path:
        return module
    if "enumerable" not in shape.words and not shape.has_loop:
        return None  # __importDefault and getDefaultExportFromCjs, which can be followed
    if isinstance(module, Unsupported):
        return module
    in_node = len(call.arguments) > 1 and truthiness(machine.settled(call.arguments[1])) is True
    if isinstance(module, ObjectValue) and module.is_marked and not in_node:
        # rolldown also checks for an own `default`, so it has the word twice.
        has_default = "default" in module.entries() or shape.words["default"] < 2
        if has_default or _returns_marked(shape):
            return replace(module, is_module=True)
    default = Entry("default", call.arguments[0])
    if not isinstance(module, ObjectValue):
        return ObjectValue((default,), call.node, is_module=True)
    others = [p for p in module.parts if not (isinstance(p, Entry) and p.key == "default")]
    return replace(module, parts=(*others, default), is_module=True)


def _returns_marked(shape: _Shape) -> bool:
    """Detect ``if (a && a.__esModule) return a`` of TypeScript, Babel and swc."""
    for node in descendants(shape.function.node.body, HELPER_NODES):
        if node.type != "IfStatement":
            continue
        block = node.consequent
        then = block.body[0] if block.type == "BlockStatement" and block.body else block
        returned = then.argument
        if returned is not None and returned.name == _parameter(shape, 0):
            words = [_word(each) for each in descendants(node.test, HELPER_NODES)]
            return _MARK in words
    return False


def _is_to_commonjs(shape: _Shape) -> bool:
    """Detect ``__toCommonJS``, which marks a copy of a namespace."""
    return _MARK in shape.words and "default" not in shape.words and len(shape.parameters) == 1


def _to_commonjs(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    module = machine.settled(call.arguments[0])
    if isinstance(module, ObjectValue):
        return replace(module, is_module=True, is_marked=True)
    return module if isinstance(module, (ImportRef, Unsupported)) else None


def _is_export_all(shape: _Shape) -> bool:
    """Detect ``__exportAll({name: () => value})`` of rolldown, which returns the namespace."""
    return _parameter(shape, 0) in shape.looped and "get" in shape.words


def _export_all(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    getters = machine.settled(call.arguments[0])
    if not isinstance(getters, ObjectValue) or getters.opaque() or getters.uncertain:
        return None
    parts: list[Entry] = []
    for key, thunk in getters.entries().items():
        function = machine.value_of(thunk)
        if not isinstance(function, FunctionValue) or function.node.params:
            return None
        callee = known(function)
        made = CallValue(function.node, function.env, False, callee, None, None, ())
        parts.append(Entry(key, Thunk(function.node, None, made)))
    return ObjectValue(tuple(parts), call.node, is_module=True)


def _is_copy(shape: _Shape) -> bool:
    """Detect ``__spreadValues(a, b)``, which copies b's members to a and returns a.

    ``_object_spread_props(a, b)`` of swc does so by their descriptors.
    """
    first, second = _parameter(shape, 0), _parameter(shape, 1)
    if first is None or second is None or len(shape.parameters) != 2:
        return False
    if "getOwnPropertyDescriptors" in shape.words and shape.returned == first:
        return True
    return second in shape.looped and shape.returned == first and "get" not in shape.words


def _is_assign(shape: _Shape) -> bool:
    """Detect compilers' ``__assign`` and ``_extends``, which use ``arguments``."""
    if "arguments" not in shape.words:
        return False
    own = bool(shape.parameters) and shape.returned == shape.parameters[0] and shape.has_loop
    return own or ("assign" in shape.words and "apply" in shape.words)


def _copy(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    parts: list[Entry | OpaqueRest] = []
    for argument in call.arguments:
        original = machine.value_of(argument)
        parts.extend(assigned_parts(machine, original, machine.forced(original)))
    return ObjectValue(tuple(parts), call.node)


def _is_rest(shape: _Shape) -> bool:
    """Detect ``__objRest(source, keys)`` and ``__rest``: an object without some keys.

    ``_object_without_properties(source, keys)`` of Babel and swc has another function for those
    that are no symbols.
    """
    is_rest = "getOwnPropertySymbols" in shape.words and "propertyIsEnumerable" in shape.words
    if is_rest and "indexOf" in shape.words and len(shape.parameters) == 2:
        return "arguments" not in shape.words
    return _parameter(shape, 0) in shape.looped and "indexOf" in shape.words


def _rest(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    keys = machine.settled(call.arguments[1]) if len(call.arguments) == 2 else None
    if not isinstance(keys, ArrayValue) or keys.opaque is not None:
        return None
    names = [text_of(machine.settled(item)) for item in keys.items]
    if None in names:
        return None
    original = machine.value_of(call.arguments[0])
    return without_keys(machine, original, [n for n in names if n is not None], call.node)


def _is_dynamic_require(shape: _Shape) -> bool:
    """Detect esbuild's ``__require`` in an ES module, which is ``require`` where there is one."""
    return any(word.startswith("Dynamic require of") for word in shape.words)


def _dynamic_require(machine: Machine, shape: _Shape, call: CallValue) -> Value | None:
    callee = known(GlobalRef(("require",), call.node))
    return replace(call, callee=callee)


_HELPERS: tuple[
    tuple[
        Callable[[_Shape], bool],
        Callable[[Machine, _Shape, CallValue], Value | None],
    ],
    ...,
] = (
    (_is_dynamic_require, _dynamic_require),
    (_is_augmented, _to_commonjs),
    (_is_default_getter, _default_getter),
    (_is_to_esm, _to_esm),
    (_is_to_commonjs, _to_commonjs),
    (_is_export_all, _export_all),
    (_is_copy, _copy),
    (_is_rest, _rest),
    (_is_assign, _copy),
)
