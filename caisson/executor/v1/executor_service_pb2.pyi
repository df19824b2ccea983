import datetime

from caisson.executor.v1 import content_pb2 as _content_pb2
from caisson.executor.v1 import events_pb2 as _events_pb2
from caisson.executor.v1 import manifest_pb2 as _manifest_pb2
from caisson.executor.v1 import sessions_pb2 as _sessions_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
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

class ExecuteAgentRequest(_message.Message):
    __slots__ = ("bundle", "agent", "message", "session_id", "resource_id", "request_context", "model", "limits", "egress", "content", "fallback_models", "session_policy", "output_schema")
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    EGRESS_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_MODELS_FIELD_NUMBER: _ClassVar[int]
    SESSION_POLICY_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    bundle: BundleSource
    agent: str
    message: str
    session_id: str
    resource_id: str
    request_context: _struct_pb2.Struct
    model: str
    limits: RunLimits
    egress: Egress
    content: _containers.RepeatedCompositeFieldContainer[_content_pb2.ContentPart]
    fallback_models: _containers.RepeatedScalarFieldContainer[str]
    session_policy: SessionPolicy
    output_schema: _struct_pb2.Struct
    def __init__(self, bundle: _Optional[_Union[BundleSource, _Mapping]] = ..., agent: _Optional[str] = ..., message: _Optional[str] = ..., session_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., request_context: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., model: _Optional[str] = ..., limits: _Optional[_Union[RunLimits, _Mapping]] = ..., egress: _Optional[_Union[Egress, _Mapping]] = ..., content: _Optional[_Iterable[_Union[_content_pb2.ContentPart, _Mapping]]] = ..., fallback_models: _Optional[_Iterable[str]] = ..., session_policy: _Optional[_Union[SessionPolicy, str]] = ..., output_schema: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class Egress(_message.Message):
    __slots__ = ("allow_fetch",)
    ALLOW_FETCH_FIELD_NUMBER: _ClassVar[int]
    allow_fetch: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, allow_fetch: _Optional[_Iterable[str]] = ...) -> None: ...

class RunLimits(_message.Message):
    __slots__ = ("max_steps", "timeout", "tool_timeout", "tool_fuel", "tool_memory_bytes", "tool_heap_bytes", "tool_stack_bytes", "tool_output_bytes", "tool_console_bytes", "tool_host_wait", "tool_host_calls", "tool_host_calls_in_flight", "tool_timers", "max_tool_calls", "max_input_tokens", "max_output_tokens", "max_cost_usd", "first_token_timeout", "token_gap_timeout", "tool_time", "tool_text_bytes")
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOOL_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FUEL_FIELD_NUMBER: _ClassVar[int]
    TOOL_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_HEAP_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_STACK_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_CONSOLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOOL_HOST_WAIT_FIELD_NUMBER: _ClassVar[int]
    TOOL_HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    TOOL_HOST_CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TOOL_TIMERS_FIELD_NUMBER: _ClassVar[int]
    MAX_TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    MAX_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    MAX_COST_USD_FIELD_NUMBER: _ClassVar[int]
    FIRST_TOKEN_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_GAP_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    TOOL_TIME_FIELD_NUMBER: _ClassVar[int]
    TOOL_TEXT_BYTES_FIELD_NUMBER: _ClassVar[int]
    max_steps: int
    timeout: _duration_pb2.Duration
    tool_timeout: _duration_pb2.Duration
    tool_fuel: int
    tool_memory_bytes: int
    tool_heap_bytes: int
    tool_stack_bytes: int
    tool_output_bytes: int
    tool_console_bytes: int
    tool_host_wait: _duration_pb2.Duration
    tool_host_calls: int
    tool_host_calls_in_flight: int
    tool_timers: int
    max_tool_calls: int
    max_input_tokens: int
    max_output_tokens: int
    max_cost_usd: float
    first_token_timeout: _duration_pb2.Duration
    token_gap_timeout: _duration_pb2.Duration
    tool_time: _duration_pb2.Duration
    tool_text_bytes: int
    def __init__(self, max_steps: _Optional[int] = ..., timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_fuel: _Optional[int] = ..., tool_memory_bytes: _Optional[int] = ..., tool_heap_bytes: _Optional[int] = ..., tool_stack_bytes: _Optional[int] = ..., tool_output_bytes: _Optional[int] = ..., tool_console_bytes: _Optional[int] = ..., tool_host_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_host_calls: _Optional[int] = ..., tool_host_calls_in_flight: _Optional[int] = ..., tool_timers: _Optional[int] = ..., max_tool_calls: _Optional[int] = ..., max_input_tokens: _Optional[int] = ..., max_output_tokens: _Optional[int] = ..., max_cost_usd: _Optional[float] = ..., first_token_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., token_gap_timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., tool_text_bytes: _Optional[int] = ...) -> None: ...

class ExecuteAgentResponse(_message.Message):
    __slots__ = ("run_id", "sequence", "time", "run_started", "start", "start_step", "text_start", "text_delta", "text_end", "reasoning_start", "reasoning_delta", "reasoning_end", "tool_input_start", "tool_input_delta", "tool_input_available", "tool_input_error", "tool_output_available", "tool_output_error", "tool_output_denied", "tool_approval_request", "finish_step", "finish", "abort", "error", "tool_console", "tool_usage", "heartbeat", "tool_request", "model_retry", "session_wait")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    RUN_STARTED_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    START_STEP_FIELD_NUMBER: _ClassVar[int]
    TEXT_START_FIELD_NUMBER: _ClassVar[int]
    TEXT_DELTA_FIELD_NUMBER: _ClassVar[int]
    TEXT_END_FIELD_NUMBER: _ClassVar[int]
    REASONING_START_FIELD_NUMBER: _ClassVar[int]
    REASONING_DELTA_FIELD_NUMBER: _ClassVar[int]
    REASONING_END_FIELD_NUMBER: _ClassVar[int]
    TOOL_INPUT_START_FIELD_NUMBER: _ClassVar[int]
    TOOL_INPUT_DELTA_FIELD_NUMBER: _ClassVar[int]
    TOOL_INPUT_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    TOOL_INPUT_ERROR_FIELD_NUMBER: _ClassVar[int]
    TOOL_OUTPUT_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    TOOL_OUTPUT_ERROR_FIELD_NUMBER: _ClassVar[int]
    TOOL_OUTPUT_DENIED_FIELD_NUMBER: _ClassVar[int]
    TOOL_APPROVAL_REQUEST_FIELD_NUMBER: _ClassVar[int]
    FINISH_STEP_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    ABORT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    TOOL_CONSOLE_FIELD_NUMBER: _ClassVar[int]
    TOOL_USAGE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    TOOL_REQUEST_FIELD_NUMBER: _ClassVar[int]
    MODEL_RETRY_FIELD_NUMBER: _ClassVar[int]
    SESSION_WAIT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    sequence: int
    time: _timestamp_pb2.Timestamp
    run_started: _events_pb2.RunStarted
    start: _events_pb2.Start
    start_step: _events_pb2.StartStep
    text_start: _events_pb2.TextStart
    text_delta: _events_pb2.TextDelta
    text_end: _events_pb2.TextEnd
    reasoning_start: _events_pb2.ReasoningStart
    reasoning_delta: _events_pb2.ReasoningDelta
    reasoning_end: _events_pb2.ReasoningEnd
    tool_input_start: _events_pb2.ToolInputStart
    tool_input_delta: _events_pb2.ToolInputDelta
    tool_input_available: _events_pb2.ToolInputAvailable
    tool_input_error: _events_pb2.ToolInputError
    tool_output_available: _events_pb2.ToolOutputAvailable
    tool_output_error: _events_pb2.ToolOutputError
    tool_output_denied: _events_pb2.ToolOutputDenied
    tool_approval_request: _events_pb2.ToolApprovalRequest
    finish_step: _events_pb2.FinishStep
    finish: _events_pb2.Finish
    abort: _events_pb2.Abort
    error: _events_pb2.Error
    tool_console: _events_pb2.ToolConsole
    tool_usage: _events_pb2.ToolUsage
    heartbeat: _events_pb2.Heartbeat
    tool_request: _events_pb2.ToolRequest
    model_retry: _events_pb2.ModelRetry
    session_wait: _events_pb2.SessionWait
    def __init__(self, run_id: _Optional[str] = ..., sequence: _Optional[int] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., run_started: _Optional[_Union[_events_pb2.RunStarted, _Mapping]] = ..., start: _Optional[_Union[_events_pb2.Start, _Mapping]] = ..., start_step: _Optional[_Union[_events_pb2.StartStep, _Mapping]] = ..., text_start: _Optional[_Union[_events_pb2.TextStart, _Mapping]] = ..., text_delta: _Optional[_Union[_events_pb2.TextDelta, _Mapping]] = ..., text_end: _Optional[_Union[_events_pb2.TextEnd, _Mapping]] = ..., reasoning_start: _Optional[_Union[_events_pb2.ReasoningStart, _Mapping]] = ..., reasoning_delta: _Optional[_Union[_events_pb2.ReasoningDelta, _Mapping]] = ..., reasoning_end: _Optional[_Union[_events_pb2.ReasoningEnd, _Mapping]] = ..., tool_input_start: _Optional[_Union[_events_pb2.ToolInputStart, _Mapping]] = ..., tool_input_delta: _Optional[_Union[_events_pb2.ToolInputDelta, _Mapping]] = ..., tool_input_available: _Optional[_Union[_events_pb2.ToolInputAvailable, _Mapping]] = ..., tool_input_error: _Optional[_Union[_events_pb2.ToolInputError, _Mapping]] = ..., tool_output_available: _Optional[_Union[_events_pb2.ToolOutputAvailable, _Mapping]] = ..., tool_output_error: _Optional[_Union[_events_pb2.ToolOutputError, _Mapping]] = ..., tool_output_denied: _Optional[_Union[_events_pb2.ToolOutputDenied, _Mapping]] = ..., tool_approval_request: _Optional[_Union[_events_pb2.ToolApprovalRequest, _Mapping]] = ..., finish_step: _Optional[_Union[_events_pb2.FinishStep, _Mapping]] = ..., finish: _Optional[_Union[_events_pb2.Finish, _Mapping]] = ..., abort: _Optional[_Union[_events_pb2.Abort, _Mapping]] = ..., error: _Optional[_Union[_events_pb2.Error, _Mapping]] = ..., tool_console: _Optional[_Union[_events_pb2.ToolConsole, _Mapping]] = ..., tool_usage: _Optional[_Union[_events_pb2.ToolUsage, _Mapping]] = ..., heartbeat: _Optional[_Union[_events_pb2.Heartbeat, _Mapping]] = ..., tool_request: _Optional[_Union[_events_pb2.ToolRequest, _Mapping]] = ..., model_retry: _Optional[_Union[_events_pb2.ModelRetry, _Mapping]] = ..., session_wait: _Optional[_Union[_events_pb2.SessionWait, _Mapping]] = ...) -> None: ...

class InspectBundleRequest(_message.Message):
    __slots__ = ("bundle",)
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    bundle: BundleSource
    def __init__(self, bundle: _Optional[_Union[BundleSource, _Mapping]] = ...) -> None: ...

class InspectBundleResponse(_message.Message):
    __slots__ = ("manifest",)
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    manifest: _manifest_pb2.Manifest
    def __init__(self, manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ...) -> None: ...
