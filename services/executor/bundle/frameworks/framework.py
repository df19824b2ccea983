"""The interface of a framework, which each package below this one implements.

Each ``<name>/framework.py`` makes one ``Framework``, and ``registry.py`` lists it. The defaults
describe what most frameworks do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from services.executor.agent_memory import MemoryScope
from services.executor.agent_parts import AgentLink, StopCondition
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import CallValue, ObjectValue, Thunk, Value
from services.executor.bundle.frameworks.agent_calls import AgentCallForm, AgentTool
from services.executor.bundle.frameworks.notes_form import NotesForm
from services.executor.bundle.frameworks.parts import constant_text, identity, text_part
from services.executor.bundle.frameworks.setting_table import SettingTable
from services.executor.bundle.syntax.diagnostics import Diagnostics
from services.executor.bundle.syntax.syntax import Node
from services.executor.domain import Json
from services.executor.mcp_servers import McpServer


@dataclass(frozen=True, eq=False)
class FoundAgent:
    """An agent: its key, its value, and the objects to read its parts from.

    ``config`` holds name, instructions, model, tools and the like; ``settings`` holds model query
    settings and stop conditions. The first object that has a setting wins. ``inner`` as in
    ``AgentSpec``.
    """

    key: str
    node: Node
    value: Value
    framework: Framework
    config: tuple[ObjectValue, ...]
    settings: tuple[ObjectValue, ...]
    factory: FoundFactory | None = None
    inner: bool = False


@dataclass(frozen=True, eq=False)
class FoundFactory:
    """The function that makes an agent: its parameters, and the agent for arguments not known.

    A parameter that is a pattern has no name.
    """

    parameters: tuple[str, ...]
    unknown: FoundAgent


@dataclass(frozen=True, eq=False)
class FoundAgents:
    """The agents of a bundle, its own metadata, and non-agents under agents' keys.

    ``wanted`` takes agents that others call and that are not among these.
    """

    agents: tuple[FoundAgent, ...]
    metadata: Value | None = None
    unknown: tuple[tuple[str, Value], ...] = field(default=())
    wanted: list[Value] = field(default_factory=list, compare=False)

    def key_of(self, value: Value) -> str:
        """Return the key of the agent that ``value`` is, empty when it is not one of these."""
        wanted = identity(value)
        keys = (agent.key for agent in self.agents if identity(agent.value) == wanted)
        return next(keys, "")


@dataclass(frozen=True, eq=False)
class FoundTool:
    """The object that defines a tool, and the function it runs, None without a known one."""

    definition: ObjectValue
    execute: Thunk | None


@dataclass(frozen=True)
class ModelName:
    """A model's name, and (reason, place) of what differs here, and of what cannot be honoured."""

    name: str
    notes: tuple[tuple[str, Node], ...] = ()
    refused: tuple[tuple[str, Node], ...] = ()


@dataclass(eq=False)
class UnknownModelNameError(Exception):
    """The model cannot be identified: the reason, and the node at fault."""

    reason: str
    node: Node = None


@dataclass(frozen=True)
class Links:
    """The agents that an agent may hand over to, and those that it calls as tools."""

    handoffs: tuple[AgentLink, ...] = ()
    agent_tools: tuple[AgentTool, ...] = ()


@dataclass(frozen=True, eq=False)
class HeldAgent:
    """An agent that another one holds, and its path below that one."""

    path: str
    value: Value


@dataclass(frozen=True)
class AgentLookup:
    """Identifies agents; ``find`` recognises an agent of any framework."""

    evaluator: Evaluator
    agents: FoundAgents
    find: Callable[[Value], FoundAgent | None]

    def link(self, value: Value, *, called: bool = False) -> AgentLink | None:
        """Return an agent by key, name and description; None when ``value`` is not an agent.

        With ``called`` it is wanted among the bundle's agents.
        """
        found = self.find(value)
        if found is None:
            return None
        key = self.agents.key_of(value)
        if called and not key:
            self.agents.wanted.append(value)
        name = text_part(self.evaluator, found.config, "name", "id") or key
        described = found.framework.agents.description_keys
        return AgentLink(key, name, description=text_part(self.evaluator, found.config, *described))


@dataclass(frozen=True)
class Answer:
    """What defines the form of an agent's answer: its path below the agent, and its value.

    ``is_schema`` is set when it can only be a schema, not an object that holds one.
    """

    path: str
    value: Value
    is_schema: bool = False


@dataclass(frozen=True)
class FoundWorkingMemory:
    """A working memory: see ``WorkingMemory``; ``schema`` is its schema's value, at a path."""

    scope: MemoryScope
    template: str
    schema: Value | None
    path: str


@dataclass(frozen=True)
class FoundMemory:
    """What an agent remembers: see ``AgentMemory``."""

    last_messages: int
    working: FoundWorkingMemory | None = None


def _as_it_is(_: Evaluator, config: ObjectValue) -> tuple[ObjectValue, ...]:
    return (config,)


def _keeps_nothing(_: Evaluator, _whole: ObjectValue) -> tuple[ObjectValue, ...]:
    return ()


def _base_settings(_: Evaluator, base: FoundAgent, given: ObjectValue) -> tuple[ObjectValue, ...]:
    return (given, *base.settings)


@dataclass(frozen=True, eq=False)
class AgentForm:
    """How to recognise an agent, and where its parts are.

    Attributes:
        looks_like: whether an object is an agent's definition by its shape alone, passed to an
            unknown function or (True) class.
        members: what the framework's agent class has in all its releases; empty when agents have
            no class of their own.
        classes: the names of the exports whose instances are agents whatever their definition.
        others: what the framework has beside agents, with why it is no agent.
        definitions: the members under which an instance keeps its definition.
        keys: a definition has at least one of these, once the framework is known.
        kept: the objects that a finished agent keeps of its definition, none for another object.
        settings: the objects with the settings of a definition, the most specific first.
        methods: what the framework calls of an agent, with the parts that it gives; none for what
            runs the agent. A bundle may replace it in a subclass.
        copy_method: as in ``agent.clone({...})``, makes another agent; empty without one.
        copy_settings: the settings of a copy that are not in its definition.
        approval_keys: settings that require a person to approve calls of several tools.
        holders: settings that are objects of other settings.
        instruction_keys, description_keys: the names of these parts; the first wins.
    """

    looks_like: Callable[[Evaluator, ObjectValue, bool], bool]
    members: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    others: Mapping[str, str] = field(default_factory=dict)
    definitions: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset({"instructions", "model", "system", "tools"})
    kept: Callable[[Evaluator, ObjectValue], tuple[ObjectValue, ...]] = _keeps_nothing
    settings: Callable[[Evaluator, ObjectValue], tuple[ObjectValue, ...]] = _as_it_is
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    copy_method: str = ""
    copy_settings: Callable[[Evaluator, FoundAgent, ObjectValue], tuple[ObjectValue, ...]] = (
        _base_settings
    )
    approval_keys: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()
    instruction_keys: tuple[str, ...] = ("system", "instructions")
    description_keys: tuple[str, ...] = ("description",)


def _no_tool(_: Evaluator, _value: Value) -> FoundTool | None:
    return None


def _name_or_id(evaluator: Evaluator, definition: ObjectValue) -> str | None:
    return constant_text(evaluator, definition, "name", "id")


def _not_hosted(_: Evaluator, _call: CallValue) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class ToolForm:
    """How tools are declared.

    Attributes:
        find: finds a tool in the framework's own form; an object with a schema and ``execute``
            does not need it.
        name: the name of a tool in an array, None when it has no constant name.
        is_hosted: whether a call makes a tool that runs at the model's provider.
        hosted_types: the ``type`` of the object that this call makes.
        schema_wrappers: functions of the framework that take a schema and return it.
        approval_keys: settings that require a person to approve calls.
        get_messages: whether tools are given the messages of the conversation.
        idempotent_keys: settings that say that calls may be made twice; each by its path.
        are_strict: whether the provider is asked to keep to a schema where a tool says nothing.
        denied: what the model is told of a call that a person denied without a reason.
        client_side: whether tools without ``execute`` are run by the client.
    """

    find: Callable[[Evaluator, Value], FoundTool | None] = _no_tool
    name: Callable[[Evaluator, ObjectValue], str | None] = _name_or_id
    is_hosted: Callable[[Evaluator, CallValue], bool] = _not_hosted
    hosted_types: frozenset[str] = frozenset()
    schema_wrappers: frozenset[str] = frozenset()
    approval_keys: tuple[str, ...] = ()
    get_messages: bool = True
    are_strict: bool = False
    idempotent_keys: tuple[tuple[str, ...], ...] = (("idempotent",),)
    denied: str = "Tool call execution denied."
    client_side: bool = False


def _no_links(_: AgentLookup, _agent: FoundAgent, _diagnostics: Diagnostics) -> Links:
    return Links()


def _holds_none(_: AgentLookup, _agent: FoundAgent) -> Iterator[HeldAgent]:
    return iter(())


def _no_agent_tool(
    _: AgentLookup, _value: Value, _path: str, _diagnostics: Diagnostics
) -> AgentTool | None:
    return None


def _never(
    _: Evaluator, _agent: FoundAgent, _path: str, _diagnostics: Diagnostics
) -> tuple[StopCondition, ...]:
    return ()


def _free_text(_: Evaluator, _agent: FoundAgent) -> Answer | None:
    return None


def _no_remarks(_: Evaluator, _agent: FoundAgent, _path: str, _diagnostics: Diagnostics) -> None:
    return None


def _no_memory(
    _: Evaluator, _agent: FoundAgent, _path: str, _diagnostics: Diagnostics
) -> FoundMemory | None:
    return None


def _no_servers(
    _: Evaluator, _agent: FoundAgent, _path: str, _diagnostics: Diagnostics
) -> tuple[McpServer, ...]:
    return ()


def _no_listed(
    _: Evaluator, _value: Value, _path: str, _diagnostics: Diagnostics
) -> tuple[McpServer, ...] | None:
    return None


def _stays(_: Mapping[str, Json]) -> bool:
    return False


@dataclass(frozen=True, eq=False)
class Framework:
    """One framework.

    Attributes:
        name: what manifests and the wire call it; lower case, with hyphens.
        label: its name in a sentence.
        example: how an agent is declared.
        packages: npm packages; what an import of one makes is this framework's.
        brought: modules that the sandbox provides for bundles that leave them as imports.
        settings: what each setting of its agents and tools means, and how it is handled.
        read_model: the name of the model that a value is; raises UnknownModelNameError.
        links: how an agent names others, except agents among its tools.
        held_agents: the agents that an agent holds and hands conversations over to.
        agent_as_tool: the agent that a value among the tools is, None for another value; it is
            given the path of the tools.
        agent_calls: how an agent is called that is a tool.
        stops: when the bundle itself stops a run; any one reason is enough.
        answer: where the form of the answer is defined, None for free text.
        remarks: adds the framework's own diagnostics.
        memory: what an agent remembers, None where it remembers nothing; also disables agents.
        notes: how models keep a working memory, None where they keep none.
        servers: the MCP servers that an agent names by a setting of its own.
        listed_servers: the MCP servers whose tools a value among the tools is, None for another.
        bare_models: the provider of model names without one; empty where names are complete.
        asks_by: the modules by which tools ask models, where the bundle imports them.
        drops_tool_choice: whether settings say that a choice ends once a tool was called.
        throws_end_runs: whether an error that a tool throws ends the run.
        tripwires: the names of the errors that guardrails of tools throw.
        tools_answer: whether the output of the tool that ends a run is the run's answer.
    """

    name: str
    label: str
    example: str
    packages: frozenset[str]
    brought: re.Pattern[str]
    agents: AgentForm
    settings: SettingTable
    read_model: Callable[[Evaluator, Value], ModelName]
    tools: ToolForm = field(default_factory=ToolForm)
    links: Callable[[AgentLookup, FoundAgent, Diagnostics], Links] = _no_links
    held_agents: Callable[[AgentLookup, FoundAgent], Iterator[HeldAgent]] = _holds_none
    agent_as_tool: Callable[[AgentLookup, Value, str, Diagnostics], AgentTool | None] = (
        _no_agent_tool
    )
    agent_calls: AgentCallForm = field(default_factory=AgentCallForm)
    stops: Callable[[Evaluator, FoundAgent, str, Diagnostics], tuple[StopCondition, ...]] = _never
    answer: Callable[[Evaluator, FoundAgent], Answer | None] = _free_text
    remarks: Callable[[Evaluator, FoundAgent, str, Diagnostics], None] = _no_remarks
    memory: Callable[[Evaluator, FoundAgent, str, Diagnostics], FoundMemory | None] = _no_memory
    notes: NotesForm | None = None
    servers: Callable[[Evaluator, FoundAgent, str, Diagnostics], tuple[McpServer, ...]] = (
        _no_servers
    )
    listed_servers: Callable[[Evaluator, Value, str, Diagnostics], tuple[McpServer, ...] | None] = (
        _no_listed
    )
    bare_models: str = ""
    asks_by: frozenset[str] = frozenset()
    drops_tool_choice: Callable[[Mapping[str, Json]], bool] = _stays
    throws_end_runs: bool = False
    tripwires: frozenset[str] = frozenset()
    tools_answer: bool = False

    def __repr__(self) -> str:
        """Show its name."""
        return f"Framework({self.name})"


def package_of(specifier: str) -> str:
    """Return the package of a specifier: ``@scope/name`` for ``@scope/name/part``."""
    count = 2 if specifier.startswith("@") else 1
    return "/".join(specifier.split("/")[:count])
