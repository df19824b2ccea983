import datetime

from caisson.executor.v1 import message_pb2 as _message_pb2
from caisson.executor.v1 import run_event_pb2 as _run_event_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionPolicy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_POLICY_UNSPECIFIED: _ClassVar[SessionPolicy]
    SESSION_POLICY_REJECT: _ClassVar[SessionPolicy]
    SESSION_POLICY_QUEUE: _ClassVar[SessionPolicy]
    SESSION_POLICY_INTERRUPT: _ClassVar[SessionPolicy]
SESSION_POLICY_UNSPECIFIED: SessionPolicy
SESSION_POLICY_REJECT: SessionPolicy
SESSION_POLICY_QUEUE: SessionPolicy
SESSION_POLICY_INTERRUPT: SessionPolicy

class BundleSource(_message.Message):
    __slots__ = ("inline", "url", "digest")
    INLINE_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    inline: bytes
    url: str
    digest: str
    def __init__(self, inline: _Optional[bytes] = ..., url: _Optional[str] = ..., digest: _Optional[str] = ...) -> None: ...

class RunSpec(_message.Message):
    __slots__ = ("bundle", "deployed", "agent", "agent_arguments", "message", "messages", "limits", "model", "fallback_models", "session_id", "resource_id", "session_policy", "request_context", "egress", "output_schema", "env", "allow_models", "client_tools", "approvals")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    DEPLOYED_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    AGENT_ARGUMENTS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_MODELS_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_POLICY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MODELS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_TOOLS_FIELD_NUMBER: _ClassVar[int]
    APPROVALS_FIELD_NUMBER: _ClassVar[int]
    bundle: BundleSource
    deployed: str
    agent: str
    agent_arguments: _message_pb2.JsonValue
    message: str
    messages: _message_pb2.Messages
    limits: RunLimits
    model: str
    fallback_models: _containers.RepeatedScalarFieldContainer[str]
    session_id: str
    resource_id: str
    session_policy: SessionPolicy
    request_context: _message_pb2.JsonValue
    egress: Egress
    output_schema: _message_pb2.JsonValue
    env: _containers.ScalarMap[str, str]
    allow_models: bool
    client_tools: _containers.RepeatedCompositeFieldContainer[ClientTool]
    approvals: _containers.RepeatedCompositeFieldContainer[ApprovalRule]
    def __init__(self, bundle: _Optional[_Union[BundleSource, _Mapping]] = ..., deployed: _Optional[str] = ..., agent: _Optional[str] = ..., agent_arguments: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., message: _Optional[str] = ..., messages: _Optional[_Union[_message_pb2.Messages, _Mapping]] = ..., limits: _Optional[_Union[RunLimits, _Mapping]] = ..., model: _Optional[str] = ..., fallback_models: _Optional[_Iterable[str]] = ..., session_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., session_policy: _Optional[_Union[SessionPolicy, str]] = ..., request_context: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., egress: _Optional[_Union[Egress, _Mapping]] = ..., output_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., env: _Optional[_Mapping[str, str]] = ..., allow_models: _Optional[bool] = ..., client_tools: _Optional[_Iterable[_Union[ClientTool, _Mapping]]] = ..., approvals: _Optional[_Iterable[_Union[ApprovalRule, _Mapping]]] = ...) -> None: ...

class ClientTool(_message.Message):
    __slots__ = ("name", "description", "input_schema")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    input_schema: _message_pb2.JsonValue
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., input_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class ApprovalRule(_message.Message):
    __slots__ = ("tool", "input_schema", "timeout")
    TOOL_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    tool: str
    input_schema: _message_pb2.JsonValue
    timeout: _duration_pb2.Duration
    def __init__(self, tool: _Optional[str] = ..., input_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Egress(_message.Message):
    __slots__ = ("allow_fetch",)
    ALLOW_FETCH_FIELD_NUMBER: _ClassVar[int]
    allow_fetch: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, allow_fetch: _Optional[_Iterable[str]] = ...) -> None: ...

class ToolLimits(_message.Message):
    __slots__ = ("timeout", "fuel", "memory_bytes", "heap_bytes", "stack_bytes", "output_bytes", "console_bytes", "host_wait", "host_calls", "host_calls_in_flight", "timers")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FUEL_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_BYTES_FIELD_NUMBER: _ClassVar[int]
    STACK_BYTES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TIMERS_FIELD_NUMBER: _ClassVar[int]
    timeout: _duration_pb2.Duration
    fuel: int
    memory_bytes: int
    heap_bytes: int
    stack_bytes: int
    output_bytes: int
    console_bytes: int
    host_wait: _duration_pb2.Duration
    host_calls: int
    host_calls_in_flight: int
    timers: int
    def __init__(self, timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fuel: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., heap_bytes: _Optional[int] = ..., stack_bytes: _Optional[int] = ..., output_bytes: _Optional[int] = ..., console_bytes: _Optional[int] = ..., host_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., host_calls: _Optional[int] = ..., host_calls_in_flight: _Optional[int] = ..., timers: _Optional[int] = ...) -> None: ...

class RunLimits(_message.Message):
    __slots__ = ("timeout", "max_steps", "max_tool_calls", "max_input_tokens", "max_output_tokens", "max_cost_nano_usd", "first_token_timeout", "token_gap_timeout", "tool_time", "tool_text_bytes", "tool")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    MAX_TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    MAX_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_NANO_USD_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_GAP_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOOL_TIME_FIELD_NUMBER: _ClassVar[int]
    TOOL_TEXT_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    timeout: _duration_pb2.Duration
    max_steps: int
    max_tool_calls: int
    max_input_tokens: int
    max_output_tokens: int
    max_cost_nano_usd: int
    first_token_timeout: _duration_pb2.Duration
    token_gap_timeout: _duration_pb2.Duration
    tool_time: _duration_pb2.Duration
    tool_text_bytes: int
    tool: ToolLimits
    def __init__(self, timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., max_steps: _Optional[int] = ..., max_tool_calls: _Optional[int] = ..., max_input_tokens: _Optional[int] = ..., max_output_tokens: _Optional[int] = ..., max_cost_nano_usd: _Optional[int] = ..., first_token_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., token_gap_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_text_bytes: _Optional[int] = ..., tool: _Optional[_Union[ToolLimits, _Mapping]] = ...) -> None: ...

class Run(_message.Message):
    __slots__ = ("run_id", "state", "bundle_digest", "agent", "session_id", "resource_id", "request_id", "create_time", "end_time", "last_sequence", "ended", "deployed")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ENDED_FIELD_NUMBER: _ClassVar[int]
    DEPLOYED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    state: _run_event_pb2.RunState
    bundle_digest: str
    agent: str
    session_id: str
    resource_id: str
    request_id: str
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    last_sequence: int
    ended: _run_event_pb2.RunEnded
    deployed: str
    def __init__(self, run_id: _Optional[str] = ..., state: _Optional[_Union[_run_event_pb2.RunState, str]] = ..., bundle_digest: _Optional[str] = ..., agent: _Optional[str] = ..., session_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., request_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_sequence: _Optional[int] = ..., ended: _Optional[_Union[_run_event_pb2.RunEnded, _Mapping]] = ..., deployed: _Optional[str] = ...) -> None: ...

class Input(_message.Message):
    __slots__ = ("run_id", "required", "resource_id", "create_time")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    required: _run_event_pb2.InputRequired
    resource_id: str
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, run_id: _Optional[str] = ..., required: _Optional[_Union[_run_event_pb2.InputRequired, _Mapping]] = ..., resource_id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
