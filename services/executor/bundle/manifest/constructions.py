"""Finds where a program constructs agents, from its text: only what is around them is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from services.executor.bundle.evaluate.bindings import binding_value
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.frames import looked_into
from services.executor.bundle.evaluate.values import (
    ClassValue,
    Env,
    ImportRef,
    MemberValue,
    Unsupported,
    Value,
)
from services.executor.bundle.frameworks.agents import is_agent_class
from services.executor.bundle.frameworks.registry import AGENT_CLASSES
from services.executor.bundle.index.enclosing import enclosing
from services.executor.bundle.manifest.inner_modules import InnerModule, enter_module
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import CALLED, Binding, Scope
from services.executor.bundle.syntax.syntax import FUNCTION_TYPES, Node

# Places of the text that are looked at, and those of them that are parsed.
MAX_PLACES = 20_000
MAX_PARSED = 400
MAX_SUPERCLASSES = 8
_NEW = re.compile(r"\bnew\b\s*(?:\(\s*0\s*,\s*)?([\w$]+(?:\s*\.\s*[\w$]+){0,4})\s*\)?\s*\(")
# Classes of the language that programs make most; others are looked at one by one.
_GLOBALS = frozenset({"Array", "Date", "Error", "Map", "Promise", "Proxy", "RegExp", "Set", "URL"})
# What looks like an agent's definition, whatever its class is called in some function.
_DEFINITION = re.compile(r"\s*\{[^;]{0,400}?(?<![\w$])(?:name|model|instructions)\s*[:,}]")
_MADE = re.compile(r"(?<![\w$])(?:(?!Object\.)[\w$]+\.create|createAgent|[\w$]+\.clone)\(")
_CALLS = frozenset({"CallExpression", "NewExpression"})


@dataclass(frozen=True, eq=False)
class Construction:
    """A call or ``new`` that makes an agent, or something that holds one.

    Attributes:
        node: the call.
        path: the nodes around it, from the program inwards.
        wrappers: functions of bundlers around it, which run when the program does.
        inside: other functions around it.
        places: the names and values at each of ``path``.
        modules: those of the wrappers that make CommonJS modules.
        is_alone: whether what holds the result does not count.
    """

    node: Node
    path: tuple[Node, ...]
    wrappers: tuple[Node, ...]
    inside: tuple[Node, ...]
    places: tuple[Env, ...]
    modules: tuple[InnerModule, ...] = ()
    is_alone: bool = False

    @property
    def place(self) -> Env:
        """Return the names and values at the call."""
        return self.places[-1]

    @property
    def outer(self) -> Scope:
        """Return the scope at whose end the sandbox is shown what it holds."""
        at = self.path.index(self.wrappers[-1]) if self.wrappers else 0
        return self.places[at].scope

    @property
    def is_held_outside(self) -> bool:
        """Tell whether what holds the result is of that scope."""
        if self.held is None or self.inside:
            return False
        root = root_of(self.held[0])
        binding = self.held[1].scope.lookup(str(root.name))
        return (binding is None and root is self.held[0]) or (
            binding is not None and binding.scope is self.outer
        )

    @property
    def holder(self) -> tuple[Node, Env] | None:
        """Return the name, in the innermost function, that holds the result, or a part of it."""
        held = None if self.is_alone else self.held
        return held if held is not None and held[0].type == "Identifier" else None

    @property
    def held(self) -> tuple[Node, Env] | None:
        """Return the same, or the member of a name, as in ``exports.helper = new Agent()``."""
        innermost = (*self.wrappers, *self.inside)[-1:]
        for node, place in zip(reversed(self.path), reversed(self.places), strict=True):
            if innermost and node is innermost[0]:
                return None
            if node.type == "VariableDeclarator" and node.id.type == "Identifier":
                return node.id, place
            if node.type == "AssignmentExpression" and root_of(node.left).type == "Identifier":
                return node.left, place
            if node.type == "ClassDeclaration" and node.id is not None:
                return node.id, place
            if node.type in ("ExpressionStatement", "ReturnStatement"):
                return None
        return None

    @property
    def is_given(self) -> bool:
        """Tell whether the result is given to a call before anything holds it."""
        functions = (*self.wrappers, *self.inside)
        after = self.path.index(functions[-1]) + 1 if functions else 0
        return any(node.type in _CALLS for node in self.path[after:-1])

    @property
    def is_changed(self) -> bool:
        """Tell whether something is set on the name that holds the result, or on what it holds."""
        if self.held is None:
            return False
        binding = self.held[1].scope.lookup(str(root_of(self.held[0]).name))
        changes = () if binding is None else binding.members
        own = self.held[0]._start
        return any(each.mutator != CALLED and each.node._start != own for each in changes)


def root_of(node: Node) -> Node:
    """Return ``a`` of ``a.b.c``, the node itself where a member is computed."""
    root = node
    while root.type == "MemberExpression" and not root.computed:
        root = root.object
    return root


def constructions(evaluator: Evaluator, parsed: ParsedProgram) -> Iterator[Construction]:
    """Yield the constructions of agents, the last first: bundlers put the entry at the end."""
    classes = _Classes(evaluator)
    places = islice(_NEW.finditer(parsed.text), MAX_PLACES)
    wanted = [
        found.start()
        for found in places
        if classes.may_be(found[1]) or _DEFINITION.match(parsed.text, found.end())
    ]
    wanted += [found.start() for found in _MADE.finditer(parsed.text)]
    for at in sorted(wanted, reverse=True)[:MAX_PARSED]:
        found = construction_at(evaluator, parsed, at)
        if found is not None and (found.node.type != "NewExpression" or classes.makes(found)):
            yield found


def constructions_of(
    evaluator: Evaluator, parsed: ParsedProgram, values: Iterable[Value]
) -> Iterator[Construction]:
    """Yield where these values are constructed, in the order of the text."""
    nodes = [value.node for value in values if value.node is not None]
    places = {int(node._start) for node in nodes if node._start is not None}
    for at in sorted(places)[:MAX_PARSED]:
        found = construction_at(evaluator, parsed, at)
        if found is not None:
            yield found


def calls_of(
    evaluator: Evaluator, parsed: ParsedProgram, names: Iterable[str]
) -> Iterator[Construction]:
    """Yield where functions and classes of these names are called or constructed."""
    listed = "|".join(re.escape(name) for name in sorted(names))
    named = rf"(?:{listed})(?![\w$])"
    pattern = re.compile(rf"(?<![\w$.])(?:new\s+{named}|{named}\s*\()")
    for found in list(pattern.finditer(parsed.text))[-MAX_PARSED:] if listed else ():
        made = construction_at(evaluator, parsed, found.start())
        if made is not None:
            yield made


@dataclass(frozen=True, eq=False)
class Located:
    """The nodes around a place of the text, from the program inwards, with the names at each."""

    path: tuple[Node, ...]
    places: tuple[Env, ...]
    modules: tuple[InnerModule, ...] = ()

    def is_use(self, at: int, name: str, binding: Binding | None) -> bool:
        """Tell whether the word at ``at`` is the name of a binding, None for an undeclared one."""
        node = self.path[-1]
        if node._start != at or node.type != "Identifier" or node.name != name:
            return False
        return self.places[-1].scope.lookup(name) is binding


def located(
    evaluator: Evaluator, parsed: ParsedProgram, at: int, *, enters: bool = False
) -> Located:
    """Return what is around the character at ``at``; with ``enters``, modules are evaluated."""
    path = enclosing(parsed, at)
    tree, place = evaluator.tree, evaluator.root
    places, modules = [place], []
    for index, node in enumerate(path[1:], 1):
        if enters and node.type in FUNCTION_TYPES:
            module = enter_module(evaluator, parsed, path[:index], node, place)
            modules += [] if module is None else [module]
        scope = tree.of(node, place.scope)
        if scope is not place.scope:
            place = Env(scope, looked_into(place.frame, scope))
        places.append(place)
    return Located(tuple(path), tuple(places), tuple(modules))


def construction_at(evaluator: Evaluator, parsed: ParsedProgram, at: int) -> Construction | None:
    """Return the call that begins at ``at``, None when none does."""
    around = located(evaluator, parsed, at, enters=True)
    path = list(around.path)
    while path and path[-1].type not in _CALLS:
        path.pop()
    if not path or path[-1]._start != at:
        return None
    wrappers: list[Node] = []
    inside: list[Node] = []
    functions = [module.function for module in around.modules]
    for outer, node in pairwise(path):
        if node.type not in FUNCTION_TYPES:
            continue
        called = outer.type == "CallExpression" and outer.callee is node
        at_once = called and not (parsed.is_module or node.isAsync or node.generator)
        is_wrapper = not inside and (at_once or node in functions)
        (wrappers if is_wrapper else inside).append(node)
    places = around.places[: len(path)]
    modules = tuple(each for each in around.modules if each.function in wrappers)
    return Construction(path[-1], tuple(path), tuple(wrappers), tuple(inside), places, modules)


class _Classes:
    """The classes of the program that make agents; each is looked at once."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[Binding, bool] = {}
        self._names: dict[str, bool] = {}

    def may_be(self, name: str) -> bool:
        """Tell whether a callee may be a class of agents, as far as its name tells."""
        known = self._names.get(name)
        if known is None:
            first, _, rest = re.sub(r"\s", "", name).partition(".")
            root = self._evaluator.root
            binding = root.scope.lookup(first)
            if rest:
                known = rest.rpartition(".")[2] in AGENT_CLASSES
            elif binding is None:
                known = first not in _GLOBALS
            else:
                known = self._is_class(binding, root)
            self._names[name] = known
        return known

    def makes(self, found: Construction) -> bool:
        """Tell whether a ``new`` makes an agent."""
        callee, place = found.node.callee, found.place
        if callee.type == "SequenceExpression":
            callee = callee.expressions[-1]
        if callee.type != "Identifier":
            value = self._evaluator.forced(self._evaluator.evaluate(callee, place))
            return self._makes(value) or not isinstance(value, ImportRef)
        binding = place.scope.lookup(str(callee.name))
        if binding is None:
            return str(callee.name) in AGENT_CLASSES
        if str(callee.name) in AGENT_CLASSES and self._is_unknown(binding, place):
            return True
        return self._is_class(binding, place)

    def _is_unknown(self, binding: Binding, place: Env) -> bool:
        value = binding_value(self._evaluator, binding, place, binding.scope.node)
        return isinstance(self._evaluator.forced(value), (MemberValue, Unsupported))

    def _is_class(self, binding: Binding, place: Env) -> bool:
        known = self._known.get(binding)
        if known is None:
            self._known[binding] = False
            value = binding_value(self._evaluator, binding, place, binding.scope.node)
            known = self._known[binding] = self._makes(self._evaluator.forced(value))
        return known

    def _makes(self, value: Value) -> bool:
        for _ in range(MAX_SUPERCLASSES):
            if is_agent_class(value):
                return True
            if not isinstance(value, ClassValue) or value.node.superClass is None:
                return False
            superclass = self._evaluator.evaluate(value.node.superClass, value.env)
            value = self._evaluator.forced(superclass)
        return False
