"""Agents of the OpenAI Agents SDK as tools: ``agent.asTool({toolName, toolDescription, ...})``."""

from __future__ import annotations

from services.executor.agent_parts import AgentLink, AgentPart, SchemaSource
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import (
    ANY,
    CallValue,
    Constant,
    ObjectValue,
    Undefined,
    Value,
)
from services.executor.bundle.frameworks.agent_calls import AgentCallForm, AgentTool
from services.executor.bundle.frameworks.framework import AgentLookup
from services.executor.bundle.frameworks.links import NOT_KNOWN
from services.executor.bundle.frameworks.openai_agents.names import function_name
from services.executor.bundle.frameworks.parts import object_part, part, text_part
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.domain import JsonObject, ToolSpec

AS_TOOL = "asTool"
EXCUSE = "An error occurred while running the tool. Please try again."
CALLS = AgentCallForm(prompt="input", default_steps=10, excuse=EXCUSE)

_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"input": {"type": "string"}},
    "required": ["input"],
    "additionalProperties": False,
}
_READ = frozenset({"toolName", "toolDescription"})
_ASKED = frozenset({"customOutputExtractor", "isEnabled", "needsApproval"})
_NOTED = frozenset({"onStream", "onStreamMaxPendingEvents"})
_STREAM = "Caisson streams the events of the nested run itself, and does not call it"
_NOT_DONE = "Caisson does not do what it says of a call: the tool is disabled"
_NOT_READ = "what it is given cannot be read from source: the tool is disabled"
_CHOSEN = "it is a function of the context"
_OFF = "the tool is switched off: it is not offered"
_NO_APPROVAL = "calls may need a person's approval, which they then wait for"


def read_agent_as_tool(
    lookup: AgentLookup, value: Value, path: str, diagnostics: Diagnostics
) -> AgentTool | None:
    """Return the agent of ``agent.asTool({...})``, None for another value.

    An option that Caisson does not honour disables the tool.
    """
    if not isinstance(value, CallValue) or value.method != AS_TOOL or value.receiver is None:
        return None
    evaluator = lookup.evaluator
    link = lookup.link(evaluator.value_of(value.receiver), called=True)
    if link is None:
        return None
    whole = None
    if value.arguments:
        whole = evaluator.forced(evaluator.value_of(value.arguments[0]))
    options = (whole,) if isinstance(whole, ObjectValue) else ()
    key = function_name(text_part(evaluator, options, "toolName") or link.name)
    description = text_part(evaluator, options, "toolDescription")
    reading = _Options(evaluator, f"{path}.{key}", diagnostics)
    if not isinstance(whole, ObjectValue) or whole.opaque() or ANY in whole.uncertain:
        reading.refuse("", _NOT_READ, value)
    else:
        reading.read(whole)
    if not link.agent:
        reading.refuse("", NOT_KNOWN, value)
    tool = ToolSpec(
        key,
        description,
        _SCHEMA,
        SchemaSource.STATIC,
        disabled=reading.disabled,
        needs_approval=reading.needs_approval,
        approval_asked=reading.needs_approval and "needsApproval" in reading.gates,
        gates=tuple(reading.gates),
        strict=True,
    )
    found = AgentLink(link.agent, link.name, key, description, max_steps=reading.max_steps)
    return AgentTool(found, tool)


class _Options:
    """What the options of ``asTool`` say of the calls."""

    def __init__(self, evaluator: Evaluator, path: str, diagnostics: Diagnostics) -> None:
        self._evaluator = evaluator
        self._path = path
        self._diagnostics = diagnostics
        self.disabled = False
        self.needs_approval = False
        self.max_steps: int | None = None
        self.gates: list[str] = []

    def refuse(self, name: str, reason: str, value: Value) -> None:
        """Disable the tool; the reason is a clause."""
        self.disabled = True
        path = f"{self._path}.{name}" if name else self._path
        self._diagnostics.error(path, reason, value.node)

    def read(self, options: ObjectValue) -> None:
        """Read all options that are given."""
        for name in dict.fromkeys((*options.entries(), *options.uncertain)):
            value = part(self._evaluator, (options,), name)
            value = None if value is None else self._evaluator.forced(value)
            if value is None or isinstance(value, Undefined):
                continue
            if name in _NOTED:
                self._diagnostics.info(f"{self._path}.{name}", _STREAM, value.node)
            elif name in _ASKED:
                self._asked(name, value)
            elif name == "runOptions":
                self._run_options(options, value)
            elif name not in _READ:
                self.refuse(name, _NOT_DONE, value)
            elif not isinstance(value, Constant) or not isinstance(value.value, str):
                self.refuse(name, _NOT_READ, value)

    def _asked(self, name: str, value: Value) -> None:
        """Take an option that is a constant, or a function that the sandbox is asked."""
        constant = value.value if isinstance(value, Constant) else None
        if not isinstance(value, Constant):
            self.gates.append(name)
            if name == "isEnabled":
                path, part_of = f"{self._path}.{name}", AgentPart.TOOLS
                self._diagnostics.ask(part_of, path, _CHOSEN, value.node, returned=True)
        elif name == "isEnabled" and not constant:
            self._diagnostics.warning(f"{self._path}.{name}", _OFF, value.node)
            self.disabled = True
        if name == "needsApproval" and (constant or not isinstance(value, Constant)):
            self._diagnostics.warning(f"{self._path}.{name}", _NO_APPROVAL, value.node)
            self.needs_approval = True

    def _run_options(self, options: ObjectValue, value: Value) -> None:
        """Take the limit of turns; what else is said of a run is not done."""
        inner = object_part(self._evaluator, (options,), "runOptions")
        if inner is None or inner.opaque() or inner.uncertain:
            self.refuse("runOptions", _NOT_READ, value)
            return
        for name in inner.entries():
            given = part(self._evaluator, (inner,), name)
            given = None if given is None else self._evaluator.forced(given)
            if given is None or isinstance(given, Undefined):
                continue
            most = given.value if isinstance(given, Constant) else None
            is_number = isinstance(most, int | float) and not isinstance(most, bool)
            if name == "maxTurns" and is_number and 1 <= float(most or 0) <= 1000:
                self.max_steps = int(most or 0)
            else:
                self.refuse(f"runOptions.{name}", _NOT_DONE, given)
