"""Mastra's memory: ``new Memory({storage, options: {lastMessages, workingMemory, ...}})``.

Caisson stores conversations itself, so that storages count for nothing. What decides which messages
a model is shown is read; what would show others disables the agent.
"""

from __future__ import annotations

from services.executor.agent_memory import MemoryScope
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.literals import NotLiteralError, json_of
from services.executor.bundle.evaluate.values import (
    ANY,
    CallValue,
    ClassValue,
    Constant,
    FunctionValue,
    ImportRef,
    MemberValue,
    ObjectValue,
    Undefined,
    Unsupported,
    Value,
    is_nullish,
)
from services.executor.bundle.frameworks.framework import (
    FoundAgent,
    FoundMemory,
    FoundWorkingMemory,
    package_of,
)
from services.executor.bundle.frameworks.members import members_of_class
from services.executor.bundle.frameworks.parts import part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node

LAST_MESSAGES = 10
_OF_PERSON = ("First Name", "Last Name", "Location", "Occupation", "Interests")
_FACTS = (*_OF_PERSON, "Goals", "Events", "Facts", "Projects")
TEMPLATE = "\n".join(["# User Information", *(f"- **{fact}**: " for fact in _FACTS)]).strip()
_PACKAGES = frozenset({"@mastra/core", "@mastra/memory"})
_CLASSES = frozenset({"Memory", "MockMemory"})
# What the class has in all its releases, under the names that bundlers keep.
_MEMBERS = frozenset({"getSystemMessage", "getWorkingMemory", "updateWorkingMemory"})
_STORED_BY_CAISSON = frozenset({"embedder", "embedderOptions", "id", "name", "storage", "vector"})
_CHANGES_NOTHING = frozenset({"filterIncompleteToolCalls", "retainFullInput"})
_TITLES = frozenset({"generateTitle", "threads"})
_TITLED = "a conversation's title is the beginning of its first message"
_NOT_READ = "what the agent remembers is not known from source"
_REFUSED = {
    "messageHistory": "Caisson does not count the tokens of a history: say `lastMessages` instead",
    "observationalMemory": "Caisson does not ask models for observations: leave it out, or run the "
    "agent without it by `lastMessages` alone",
    "processors": "Caisson does not run them: say them as `inputProcessors` of the agent",
    "readOnly": "Caisson keeps each run of a conversation: leave out the `session_id` of requests "
    "instead",
    "semanticRecall": "Caisson does not search earlier messages by their meaning: switch it off, "
    "and give the agent a tool that searches",
}
_WORKING = frozenset({"agentManaged", "enabled", "schema", "scope", "template", "version"})


def read_memory(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> FoundMemory | None:
    """Return an agent's memory, None without one; what cannot be honoured disables the agent."""
    _refuse_options_of_runs(evaluator, agent, path, diagnostics)
    given = part(evaluator, agent.config, "memory")
    if given is None or is_nullish(given):
        return None
    whole = _made(evaluator, given)
    if isinstance(whole, str):
        diagnostics.refuse(f"{path}.memory", f"{_NOT_READ}: {whole}", given.node)
        return None
    reader = _Reader(evaluator, f"{path}.memory", diagnostics)
    options: ObjectValue | None = None
    for name, value in reader.each(whole, given.node):
        if name == "options":
            options = reader.inner(value, name)
        elif name not in _STORED_BY_CAISSON:
            reader.refuse(name, value)
    return reader.found(options, given.node)


def _refuse_options_of_runs(
    evaluator: Evaluator, agent: FoundAgent, path: str, diagnostics: Diagnostics
) -> None:
    """Refuse options of memory that the default options of runs have."""
    for whole in agent.settings:
        if whole in agent.config:
            continue
        given = part(evaluator, (whole,), "memory")
        if given is None or isinstance(value := evaluator.forced(given), Constant | Undefined):
            continue
        options = part(evaluator, (value,), "options") if isinstance(value, ObjectValue) else given
        if options is not None and not is_nullish(options):
            reason = "say these options where the agent's memory is made"
            diagnostics.refuse(f"{path}.memory.options", reason, options.node)


def _made(evaluator: Evaluator, value: Value) -> ObjectValue | None | str:
    """Return what ``new Memory(...)`` is given, None for nothing; a text says why it is unknown."""
    while isinstance(value, CallValue) and not value.is_new:
        followed = evaluator.reduced(value)
        if followed is value:
            break
        value = followed
    if isinstance(value, FunctionValue):
        return "it is a function, which chooses one in each run; give the agent one of its own"
    if isinstance(value, Unsupported):
        return value.reason
    if not isinstance(value, CallValue) or not value.is_new or not _is_memory(evaluator, value):
        return "it is none of Mastra's own"
    if value.opaque_arguments or len(value.arguments) > 1:
        return "its arguments cannot be followed"
    if not value.arguments:
        return None
    whole = evaluator.forced(evaluator.value_of(value.arguments[0]))
    if is_nullish(whole):
        return None
    if isinstance(whole, ObjectValue):
        return whole
    return whole.reason if isinstance(whole, Unsupported) else "its configuration is no object"


def _is_memory(evaluator: Evaluator, made: CallValue) -> bool:
    """Tell whether this constructs Mastra's own class, not a subclass of the bundle's."""
    callee: Value = evaluator.value_of(made.callee)
    while isinstance(callee, MemberValue):
        callee = callee.target
    if isinstance(callee, ImportRef):
        is_known = bool(callee.path) and callee.path[-1] in _CLASSES
        return is_known and package_of(callee.specifier) in _PACKAGES
    callee = evaluator.forced(callee)
    return isinstance(callee, ClassValue) and members_of_class(callee) >= _MEMBERS


class _Reader:
    """Reads the options of a memory; ``path`` is where it is."""

    def __init__(self, evaluator: Evaluator, path: str, diagnostics: Diagnostics) -> None:
        self._evaluator = evaluator
        self._path = path
        self._diagnostics = diagnostics

    def each(self, whole: ObjectValue | None, node: Node) -> list[tuple[str, Value]]:
        """Return the members of an object that are not null; refuse those that are unknown."""
        if whole is None:
            return []
        if whole.opaque() or ANY in whole.uncertain:
            self._diagnostics.refuse(self._path, _NOT_READ, whole.node or node)
        names = dict.fromkeys((*whole.entries(), *whole.uncertain))
        values = ((name, part(self._evaluator, (whole,), name)) for name in names if name != ANY)
        return [
            (name, value) for name, value in values if value is not None and not is_nullish(value)
        ]

    def inner(self, value: Value, name: str) -> ObjectValue | None:
        """Return a member that must be an object."""
        whole = self._evaluator.forced(value)
        if isinstance(whole, ObjectValue):
            return whole
        self._diagnostics.refuse(f"{self._path}.{name}", _NOT_READ, value.node)
        return None

    def refuse(self, name: str, value: Value) -> None:
        """Refuse a member, unless it is switched off."""
        if self._constant(value) is not False:
            reason = _REFUSED.get(name, "Caisson does not know this option of memory")
            self._diagnostics.refuse(f"{self._path}.{name}", reason, value.node)

    def found(self, options: ObjectValue | None, node: Node) -> FoundMemory:
        """Return the memory with these options."""
        last, working = LAST_MESSAGES, None
        for name, value in self.each(options, node):
            if name == "lastMessages":
                last = self._count(value)
            elif name == "workingMemory":
                working = self._working(value)
            elif name in _TITLES:
                if self._constant(value) is not False:
                    self._diagnostics.info(f"{self._path}.{name}", _TITLED, value.node)
            elif name not in _CHANGES_NOTHING:
                self.refuse(name, value)
        return FoundMemory(last, working)

    def _constant(self, value: Value) -> object:
        """Return a constant, None for anything else."""
        try:
            return json_of(self._evaluator, value)
        except NotLiteralError:
            return None

    def _count(self, value: Value) -> int:
        found = self._constant(value)
        if found is False:
            return 0
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            reason = "it is not known how many earlier messages models are shown"
            self._diagnostics.refuse(f"{self._path}.lastMessages", reason, value.node)
            return 0
        return found

    def _working(self, value: Value) -> FoundWorkingMemory | None:
        whole = self.inner(value, "workingMemory")
        if whole is None:
            return None
        members = dict(self.each(whole, value.node))
        where = f"{self._path}.workingMemory"
        enabled = self._constant(members["enabled"]) if "enabled" in members else False
        if enabled is False:
            return None
        said = {name: self._constant(each) for name, each in members.items() if name != "schema"}
        if enabled is not True:
            self._diagnostics.refuse(f"{where}.enabled", _NOT_READ, value.node)
        for name, each in members.items():
            unread = name != "schema" and said[name] is None
            if name not in _WORKING or unread or (name, said.get(name)) in _NOT_KEPT_SO:
                reason = "Caisson does not keep working memory in this way: leave it out"
                self._diagnostics.refuse(f"{where}.{name}", reason, each.node)
        scope = MemoryScope.SESSION if said.get("scope") == "thread" else MemoryScope.RESOURCE
        template = said.get("template")
        text = template.strip() if isinstance(template, str) and template else TEMPLATE
        return FoundWorkingMemory(scope, text, members.get("schema"), where)


_NOT_KEPT_SO = frozenset({("agentManaged", False), ("version", "vnext")})
