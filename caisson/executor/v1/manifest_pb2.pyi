from caisson.executor.v1 import message_pb2 as _message_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class BundleFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BUNDLE_FORMAT_UNSPECIFIED: _ClassVar[BundleFormat]
    BUNDLE_FORMAT_ESM: _ClassVar[BundleFormat]
    BUNDLE_FORMAT_CJS: _ClassVar[BundleFormat]
    BUNDLE_FORMAT_IIFE: _ClassVar[BundleFormat]
    BUNDLE_FORMAT_WRAPPED: _ClassVar[BundleFormat]

class MemoryScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEMORY_SCOPE_UNSPECIFIED: _ClassVar[MemoryScope]
    MEMORY_SCOPE_SESSION: _ClassVar[MemoryScope]
    MEMORY_SCOPE_RESOURCE: _ClassVar[MemoryScope]

class McpTransport(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MCP_TRANSPORT_UNSPECIFIED: _ClassVar[McpTransport]
    MCP_TRANSPORT_AUTO: _ClassVar[McpTransport]
    MCP_TRANSPORT_HTTP: _ClassVar[McpTransport]
    MCP_TRANSPORT_SSE: _ClassVar[McpTransport]

class ValueSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VALUE_SOURCE_UNSPECIFIED: _ClassVar[ValueSource]
    VALUE_SOURCE_STATIC: _ClassVar[ValueSource]
    VALUE_SOURCE_SANDBOX: _ClassVar[ValueSource]
    VALUE_SOURCE_DYNAMIC: _ClassVar[ValueSource]

class Framework(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FRAMEWORK_UNSPECIFIED: _ClassVar[Framework]
    FRAMEWORK_LIGHTFAST: _ClassVar[Framework]
    FRAMEWORK_AI_SDK: _ClassVar[Framework]
    FRAMEWORK_MASTRA: _ClassVar[Framework]
    FRAMEWORK_OPENAI_AGENTS: _ClassVar[Framework]

class ToolChoiceMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOOL_CHOICE_MODE_UNSPECIFIED: _ClassVar[ToolChoiceMode]
    TOOL_CHOICE_MODE_AUTO: _ClassVar[ToolChoiceMode]
    TOOL_CHOICE_MODE_NONE: _ClassVar[ToolChoiceMode]
    TOOL_CHOICE_MODE_REQUIRED: _ClassVar[ToolChoiceMode]
    TOOL_CHOICE_MODE_TOOL: _ClassVar[ToolChoiceMode]

class SchemaSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SCHEMA_SOURCE_UNSPECIFIED: _ClassVar[SchemaSource]
    SCHEMA_SOURCE_STATIC: _ClassVar[SchemaSource]
    SCHEMA_SOURCE_SANDBOX: _ClassVar[SchemaSource]

class Severity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEVERITY_UNSPECIFIED: _ClassVar[Severity]
    SEVERITY_INFO: _ClassVar[Severity]
    SEVERITY_WARNING: _ClassVar[Severity]
    SEVERITY_ERROR: _ClassVar[Severity]
BUNDLE_FORMAT_UNSPECIFIED: BundleFormat
BUNDLE_FORMAT_ESM: BundleFormat
BUNDLE_FORMAT_CJS: BundleFormat
BUNDLE_FORMAT_IIFE: BundleFormat
BUNDLE_FORMAT_WRAPPED: BundleFormat
MEMORY_SCOPE_UNSPECIFIED: MemoryScope
MEMORY_SCOPE_SESSION: MemoryScope
MEMORY_SCOPE_RESOURCE: MemoryScope
MCP_TRANSPORT_UNSPECIFIED: McpTransport
MCP_TRANSPORT_AUTO: McpTransport
MCP_TRANSPORT_HTTP: McpTransport
MCP_TRANSPORT_SSE: McpTransport
VALUE_SOURCE_UNSPECIFIED: ValueSource
VALUE_SOURCE_STATIC: ValueSource
VALUE_SOURCE_SANDBOX: ValueSource
VALUE_SOURCE_DYNAMIC: ValueSource
FRAMEWORK_UNSPECIFIED: Framework
FRAMEWORK_LIGHTFAST: Framework
FRAMEWORK_AI_SDK: Framework
FRAMEWORK_MASTRA: Framework
FRAMEWORK_OPENAI_AGENTS: Framework
TOOL_CHOICE_MODE_UNSPECIFIED: ToolChoiceMode
TOOL_CHOICE_MODE_AUTO: ToolChoiceMode
TOOL_CHOICE_MODE_NONE: ToolChoiceMode
TOOL_CHOICE_MODE_REQUIRED: ToolChoiceMode
TOOL_CHOICE_MODE_TOOL: ToolChoiceMode
SCHEMA_SOURCE_UNSPECIFIED: SchemaSource
SCHEMA_SOURCE_STATIC: SchemaSource
SCHEMA_SOURCE_SANDBOX: SchemaSource
SEVERITY_UNSPECIFIED: Severity
SEVERITY_INFO: Severity
SEVERITY_WARNING: Severity
SEVERITY_ERROR: Severity

class Manifest(_message.Message):
    __slots__ = ("digest", "format", "agents", "metadata", "diagnostics")
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    digest: str
    format: BundleFormat
    agents: _containers.RepeatedCompositeFieldContainer[Agent]
    metadata: _message_pb2.JsonValue
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, digest: _Optional[str] = ..., format: _Optional[_Union[BundleFormat, str]] = ..., agents: _Optional[_Iterable[_Union[Agent, _Mapping]]] = ..., metadata: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class Agent(_message.Message):
    __slots__ = ("key", "name", "system", "model", "tools", "description", "settings", "max_steps", "framework", "fallback_models", "handoffs", "agent_tools", "tool_choice", "active_tools", "stop_conditions", "output_schema", "metadata", "framework_name", "disabled", "part_sources", "hooks", "memory", "mcp_servers")
    KEY_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    FRAMEWORK_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_MODELS_FIELD_NUMBER: _ClassVar[int]
    HANDOFFS_FIELD_NUMBER: _ClassVar[int]
    AGENT_TOOLS_FIELD_NUMBER: _ClassVar[int]
    TOOL_CHOICE_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_TOOLS_FIELD_NUMBER: _ClassVar[int]
    STOP_CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    FRAMEWORK_NAME_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    PART_SOURCES_FIELD_NUMBER: _ClassVar[int]
    HOOKS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    MCP_SERVERS_FIELD_NUMBER: _ClassVar[int]
    key: str
    name: str
    system: str
    model: str
    tools: _containers.RepeatedCompositeFieldContainer[Tool]
    description: str
    settings: _message_pb2.JsonValue
    max_steps: int
    framework: Framework
    fallback_models: _containers.RepeatedScalarFieldContainer[str]
    handoffs: _containers.RepeatedCompositeFieldContainer[AgentLink]
    agent_tools: _containers.RepeatedCompositeFieldContainer[AgentLink]
    tool_choice: ToolChoice
    active_tools: ActiveTools
    stop_conditions: _containers.RepeatedCompositeFieldContainer[StopCondition]
    output_schema: _message_pb2.JsonValue
    metadata: _message_pb2.JsonValue
    framework_name: str
    disabled: bool
    part_sources: _containers.RepeatedCompositeFieldContainer[PartSource]
    hooks: _containers.RepeatedCompositeFieldContainer[Hook]
    memory: Memory
    mcp_servers: _containers.RepeatedCompositeFieldContainer[McpServer]
    def __init__(self, key: _Optional[str] = ..., name: _Optional[str] = ..., system: _Optional[str] = ..., model: _Optional[str] = ..., tools: _Optional[_Iterable[_Union[Tool, _Mapping]]] = ..., description: _Optional[str] = ..., settings: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., max_steps: _Optional[int] = ..., framework: _Optional[_Union[Framework, str]] = ..., fallback_models: _Optional[_Iterable[str]] = ..., handoffs: _Optional[_Iterable[_Union[AgentLink, _Mapping]]] = ..., agent_tools: _Optional[_Iterable[_Union[AgentLink, _Mapping]]] = ..., tool_choice: _Optional[_Union[ToolChoice, _Mapping]] = ..., active_tools: _Optional[_Union[ActiveTools, _Mapping]] = ..., stop_conditions: _Optional[_Iterable[_Union[StopCondition, _Mapping]]] = ..., output_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., metadata: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., framework_name: _Optional[str] = ..., disabled: _Optional[bool] = ..., part_sources: _Optional[_Iterable[_Union[PartSource, _Mapping]]] = ..., hooks: _Optional[_Iterable[_Union[Hook, _Mapping]]] = ..., memory: _Optional[_Union[Memory, _Mapping]] = ..., mcp_servers: _Optional[_Iterable[_Union[McpServer, _Mapping]]] = ...) -> None: ...

class Memory(_message.Message):
    __slots__ = ("last_messages", "working")
    LAST_MESSAGES_FIELD_NUMBER: _ClassVar[int]
    WORKING_FIELD_NUMBER: _ClassVar[int]
    last_messages: int
    working: WorkingMemory
    def __init__(self, last_messages: _Optional[int] = ..., working: _Optional[_Union[WorkingMemory, _Mapping]] = ...) -> None: ...

class WorkingMemory(_message.Message):
    __slots__ = ("scope", "template", "schema")
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_FIELD_NUMBER: _ClassVar[int]
    scope: MemoryScope
    template: str
    schema: _message_pb2.JsonValue
    def __init__(self, scope: _Optional[_Union[MemoryScope, str]] = ..., template: _Optional[str] = ..., schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class McpServer(_message.Message):
    __slots__ = ("name", "url", "transport", "headers", "allowed_tools", "blocked_tools", "needs_approval")
    NAME_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_TOOLS_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_TOOLS_FIELD_NUMBER: _ClassVar[int]
    NEEDS_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    name: str
    url: str
    transport: McpTransport
    headers: _containers.RepeatedCompositeFieldContainer[McpHeader]
    allowed_tools: ActiveTools
    blocked_tools: _containers.RepeatedScalarFieldContainer[str]
    needs_approval: bool
    def __init__(self, name: _Optional[str] = ..., url: _Optional[str] = ..., transport: _Optional[_Union[McpTransport, str]] = ..., headers: _Optional[_Iterable[_Union[McpHeader, _Mapping]]] = ..., allowed_tools: _Optional[_Union[ActiveTools, _Mapping]] = ..., blocked_tools: _Optional[_Iterable[str]] = ..., needs_approval: _Optional[bool] = ...) -> None: ...

class McpHeader(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class Hook(_message.Message):
    __slots__ = ("name", "path", "line", "column")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    line: int
    column: int
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...

class PartSource(_message.Message):
    __slots__ = ("part", "source", "reason", "path", "line", "column", "is_known")
    PART_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    IS_KNOWN_FIELD_NUMBER: _ClassVar[int]
    part: str
    source: ValueSource
    reason: str
    path: str
    line: int
    column: int
    is_known: bool
    def __init__(self, part: _Optional[str] = ..., source: _Optional[_Union[ValueSource, str]] = ..., reason: _Optional[str] = ..., path: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ..., is_known: _Optional[bool] = ...) -> None: ...

class AgentLink(_message.Message):
    __slots__ = ("agent", "name", "tool", "description")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    agent: str
    name: str
    tool: str
    description: str
    def __init__(self, agent: _Optional[str] = ..., name: _Optional[str] = ..., tool: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class ToolChoice(_message.Message):
    __slots__ = ("mode", "tool")
    MODE_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    mode: ToolChoiceMode
    tool: str
    def __init__(self, mode: _Optional[_Union[ToolChoiceMode, str]] = ..., tool: _Optional[str] = ...) -> None: ...

class ActiveTools(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, keys: _Optional[_Iterable[str]] = ...) -> None: ...

class StopCondition(_message.Message):
    __slots__ = ("step_count", "tool_call", "any_tool_call")
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_FIELD_NUMBER: _ClassVar[int]
    ANY_TOOL_CALL_FIELD_NUMBER: _ClassVar[int]
    step_count: int
    tool_call: str
    any_tool_call: bool
    def __init__(self, step_count: _Optional[int] = ..., tool_call: _Optional[str] = ..., any_tool_call: _Optional[bool] = ...) -> None: ...

class Tool(_message.Message):
    __slots__ = ("key", "description", "input_schema", "schema_source", "disabled", "reach", "output_schema", "needs_approval", "gates", "idempotent", "client_side")
    KEY_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_SOURCE_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    REACH_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    NEEDS_APPROVAL_FIELD_NUMBER: _ClassVar[int]
    GATES_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_SIDE_FIELD_NUMBER: _ClassVar[int]
    key: str
    description: str
    input_schema: _message_pb2.JsonValue
    schema_source: SchemaSource
    disabled: bool
    reach: Reach
    output_schema: _message_pb2.JsonValue
    needs_approval: bool
    gates: _containers.RepeatedScalarFieldContainer[str]
    idempotent: bool
    client_side: bool
    def __init__(self, key: _Optional[str] = ..., description: _Optional[str] = ..., input_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., schema_source: _Optional[_Union[SchemaSource, str]] = ..., disabled: _Optional[bool] = ..., reach: _Optional[_Union[Reach, _Mapping]] = ..., output_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., needs_approval: _Optional[bool] = ..., gates: _Optional[_Iterable[str]] = ..., idempotent: _Optional[bool] = ..., client_side: _Optional[bool] = ...) -> None: ...

class Reach(_message.Message):
    __slots__ = ("globals", "modules", "env", "hosts", "missing", "gaps", "headers", "addresses")
    GLOBALS_FIELD_NUMBER: _ClassVar[int]
    MODULES_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    HOSTS_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    GAPS_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    globals: _containers.RepeatedScalarFieldContainer[str]
    modules: _containers.RepeatedScalarFieldContainer[str]
    env: _containers.RepeatedScalarFieldContainer[str]
    hosts: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedScalarFieldContainer[str]
    gaps: _containers.RepeatedCompositeFieldContainer[ReachGap]
    headers: _containers.RepeatedCompositeFieldContainer[HeaderUse]
    addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, globals: _Optional[_Iterable[str]] = ..., modules: _Optional[_Iterable[str]] = ..., env: _Optional[_Iterable[str]] = ..., hosts: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[str]] = ..., gaps: _Optional[_Iterable[_Union[ReachGap, _Mapping]]] = ..., headers: _Optional[_Iterable[_Union[HeaderUse, _Mapping]]] = ..., addresses: _Optional[_Iterable[str]] = ...) -> None: ...

class HeaderUse(_message.Message):
    __slots__ = ("env", "header")
    ENV_FIELD_NUMBER: _ClassVar[int]
    HEADER_FIELD_NUMBER: _ClassVar[int]
    env: str
    header: str
    def __init__(self, env: _Optional[str] = ..., header: _Optional[str] = ...) -> None: ...

class ReachGap(_message.Message):
    __slots__ = ("reason", "line", "column")
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    reason: str
    line: int
    column: int
    def __init__(self, reason: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...

class Diagnostic(_message.Message):
    __slots__ = ("severity", "path", "reason", "line", "column")
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    COLUMN_FIELD_NUMBER: _ClassVar[int]
    severity: Severity
    path: str
    reason: str
    line: int
    column: int
    def __init__(self, severity: _Optional[_Union[Severity, str]] = ..., path: _Optional[str] = ..., reason: _Optional[str] = ..., line: _Optional[int] = ..., column: _Optional[int] = ...) -> None: ...
