"""What a program says where it runs an agent itself: ``run(agent, "...", {inputGuardrails})``.

Runs by Caisson begin at the agent, so that they do without it. What restricts disables the agent if
each of the program's own runs says so; what else is lost is a warning. Only runs that name the
variable that holds the agent are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    CallValue,
    ImportRef,
    ObjectValue,
    Undefined,
    Value,
)
from services.executor.bundle.frameworks.construction import made_by
from services.executor.bundle.frameworks.framework import FoundAgent
from services.executor.bundle.frameworks.setting_table import RunForm, sounds_restricting
from services.executor.bundle.index.uses import Uses
from services.executor.bundle.manifest.constructions import Located, located
from services.executor.bundle.manifest.unread_parts import is_empty
from services.executor.bundle.manifest.value_flow import MAX_USES
from services.executor.bundle.reach.tool_reach import ToolReach
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.parse import ParsedProgram
from services.executor.bundle.syntax.scope import Binding
from services.executor.bundle.syntax.syntax import Node, property_name

_CLOSING = (
    "each time that the program runs the agent itself it says so, and runs by Caisson would do "
    "without it: say it of the agent"
)
_LOST = "the program's own run says so, and runs by Caisson do not: say it of the agent"
_UNREAD = "what the program says here of its own run is not known from source, and is lost"
_AT_LOAD = (
    "the program runs the agent itself while it loads, and the sandbox does not: this call is "
    "never answered, and what waits for it does not happen"
)
_CUT = (
    f"its variable's name is in more than {MAX_USES:,} places: what the program says of its own "
    "runs after them is lost"
)


def say_own_runs(
    evaluator: Evaluator,
    parsed: ParsedProgram,
    uses: Uses,
    reach: ToolReach,
    agent: FoundAgent,
    diagnostics: Diagnostics,
) -> None:
    """Say what the program's own runs of an agent say, and refuse it for what restricts."""
    form, path = agent.framework.settings.runs, f"agents.{agent.key}.run"
    found = _runs(evaluator, parsed, uses, agent)
    for call in found.calls:
        if call._start is not None and reach.runs_at_load(int(call._start)):
            diagnostics.info(f"agents.{agent.key}", _AT_LOAD, call)
    if found.is_cut:
        diagnostics.warning(path, _CUT, agent.node)
    for name, node in found.refused:
        if found.others or found.runs:
            diagnostics.warning(f"{path}.{name}", form.refused[name], node)
        else:
            diagnostics.refuse(f"{path}.{name}", form.refused[name], node)
    for run in found.runs:
        for node in run.unread:
            diagnostics.warning(path, _UNREAD, node)
        for name, (node, value) in run.said.items():
            if name in form.judged:
                judged = form.judged[name](evaluator, value)
                if judged is not None:
                    diagnostics.add(judged[0], f"{path}.{name}", judged[1], node)
                continue
            if name in form.harmless:
                continue
            restricts = name in form.closing or (name not in form.lost and sounds_restricting(name))
            is_always = not found.others and all(name in each.said for each in found.runs)
            if restricts and is_always:
                diagnostics.refuse(f"{path}.{name}", _CLOSING, node)
            else:
                diagnostics.warning(f"{path}.{name}", _LOST, node)


@dataclass
class _Run:
    """One run: what it says, by name, and what of it cannot be read."""

    said: dict[str, tuple[Node, Value]] = field(default_factory=dict)
    unread: list[Node] = field(default_factory=list)


@dataclass
class _Runs:
    """The runs of an agent.

    ``calls`` are the calls that make one. ``refused`` are those that Caisson cannot make, by the
    method. ``others``: it is used where it may be run in another way. ``is_cut``: there may be more
    runs.
    """

    runs: list[_Run] = field(default_factory=list)
    calls: list[Node] = field(default_factory=list)
    refused: list[tuple[str, Node]] = field(default_factory=list)
    others: bool = False
    is_cut: bool = False


def _runs(evaluator: Evaluator, parsed: ParsedProgram, uses: Uses, agent: FoundAgent) -> _Runs:
    found, form = _Runs(), agent.framework.settings.runs
    for binding in (
        _names(evaluator, parsed, agent) if form.functions or form.methods or form.unread else ()
    ):
        words = uses.of(binding.name, binding.scope)
        for at in islice(words, MAX_USES):
            place = located(evaluator, parsed, at)
            if place.is_use(at, binding.name, binding):
                _take(evaluator, place, form, found)
        found.is_cut = next(words, None) is not None
    return found


def _names(evaluator: Evaluator, parsed: ParsedProgram, agent: FoundAgent) -> Iterator[Binding]:
    """Yield the variable that holds what the agent's construction makes."""
    for made in made_by(evaluator, agent.value):
        if made._start is None:
            continue
        place = located(evaluator, parsed, made._start)
        if made not in place.path:
            continue
        at = place.path.index(made)
        holder = _target(place.path[at - 1])
        if holder is not None and holder.type == "Identifier":
            binding = place.places[at - 1].scope.lookup(str(holder.name))
            if binding is not None:
                yield binding
                return


def _target(node: Node) -> Node | None:
    """Return what a declaration or an assignment, as in modules that load late, gives a value."""
    if node.type == "VariableDeclarator":
        return node.id
    return node.left if node.type == "AssignmentExpression" else None


def _take(evaluator: Evaluator, place: Located, form: RunForm, found: _Runs) -> None:
    """Take a use of the agent into account."""
    node, parent = place.path[-1], place.path[-2]
    if parent.type == "CallExpression" and node is not parent.callee:
        name = _called(evaluator, place, parent)
        if parent.arguments[0] is node and name in form.functions:
            run = _Run()
            _read_runner(evaluator, place, parent, run)
            _read(evaluator, place, parent.arguments[form.functions[name] :], run)
            found.runs.append(run)
            found.calls.append(parent)
        else:
            found.others = True
    elif parent.type == "MemberExpression" and parent.object is node and len(place.path) > 2:
        call = place.path[-3]
        name = property_name(parent.property, computed=bool(parent.computed)) or ""
        if call.type == "CallExpression" and call.callee is parent and name in form.methods:
            run = _Run()
            _read(evaluator, place, call.arguments[form.methods[name] :], run)
            found.runs.append(run)
            found.calls.append(call)
        elif call.type == "CallExpression" and call.callee is parent and name in form.unread:
            found.calls.append(call)
        elif call.type == "CallExpression" and call.callee is parent and name in form.refused:
            found.refused.append((name, call))
    elif parent.type in ("ArrayExpression", "Property") or (
        parent.type == "AssignmentExpression" and node is parent.right
    ):
        found.others = True


def _called(evaluator: Evaluator, place: Located, call: Node) -> str:
    """Return the name of the function that is called, as its package has it."""
    callee = call.callee
    if callee.type == "SequenceExpression":
        callee = callee.expressions[-1]
    if callee.type == "MemberExpression":
        return property_name(callee.property, computed=bool(callee.computed)) or ""
    value = evaluator.forced(evaluator.evaluate(callee, place.places[-1]))
    if isinstance(value, ImportRef):
        return value.path[-1] if value.path else ""
    return str(callee.name).rstrip("0123456789$") if callee.type == "Identifier" else ""


def _read_runner(evaluator: Evaluator, place: Located, call: Node, run: _Run) -> None:
    """Take into account what ``new Runner({...})`` was given, whose method is called."""
    if call.callee.type != "MemberExpression":
        return
    runner = evaluator.evaluate(call.callee.object, place.places[-1])
    if isinstance(runner, CallValue) and runner.is_new:
        for given in runner.arguments[:1]:
            _add(evaluator, evaluator.value_of(given), given.node, run)
    elif not isinstance(runner, ImportRef):
        run.unread.append(call.callee.object)


def _read(evaluator: Evaluator, place: Located, options: list[Node], run: _Run) -> None:
    for node in options[:1]:
        _add(evaluator, evaluator.evaluate(node, place.places[-1]), node, run)


def _add(evaluator: Evaluator, value: Value, node: Node, run: _Run) -> None:
    whole = evaluator.forced(value)
    if isinstance(whole, Undefined):
        return
    if not isinstance(whole, ObjectValue) or whole.opaque() or whole.uncertain:
        run.unread.append(node)
    if isinstance(whole, ObjectValue):
        for name, thunk in whole.entries().items():
            given = evaluator.value_of(thunk)
            if not is_empty(forced := evaluator.forced(given)):
                run.said.setdefault(name, (forced.node or thunk.node, given))
