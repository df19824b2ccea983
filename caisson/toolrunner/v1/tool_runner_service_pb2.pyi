import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProgramFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROGRAM_FORMAT_UNSPECIFIED: _ClassVar[ProgramFormat]
    PROGRAM_FORMAT_MODULE: _ClassVar[ProgramFormat]
    PROGRAM_FORMAT_SCRIPT: _ClassVar[ProgramFormat]

class UnusableReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNUSABLE_REASON_UNSPECIFIED: _ClassVar[UnusableReason]
    UNUSABLE_REASON_NOT_MADE: _ClassVar[UnusableReason]
    UNUSABLE_REASON_NOT_CHANGED: _ClassVar[UnusableReason]
    UNUSABLE_REASON_USES_UNMADE: _ClassVar[UnusableReason]

class ConsoleLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSOLE_LEVEL_UNSPECIFIED: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_DEBUG: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_LOG: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_INFO: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_WARN: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_ERROR: _ClassVar[ConsoleLevel]

class FailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FAILURE_KIND_UNSPECIFIED: _ClassVar[FailureKind]
    FAILURE_KIND_INVALID_INPUT: _ClassVar[FailureKind]
    FAILURE_KIND_THROWN: _ClassVar[FailureKind]
    FAILURE_KIND_FUEL_EXHAUSTED: _ClassVar[FailureKind]
    FAILURE_KIND_MEMORY_EXCEEDED: _ClassVar[FailureKind]
    FAILURE_KIND_STACK_OVERFLOW: _ClassVar[FailureKind]
    FAILURE_KIND_DEADLINE_EXCEEDED: _ClassVar[FailureKind]
    FAILURE_KIND_OUTPUT_TOO_LARGE: _ClassVar[FailureKind]
    FAILURE_KIND_CAPABILITY_DENIED: _ClassVar[FailureKind]
    FAILURE_KIND_NEVER_SETTLED: _ClassVar[FailureKind]
    FAILURE_KIND_TOOL_NOT_FOUND: _ClassVar[FailureKind]
    FAILURE_KIND_LOAD_FAILED: _ClassVar[FailureKind]
    FAILURE_KIND_RUNNER_LOST: _ClassVar[FailureKind]
    FAILURE_KIND_CANCELLED: _ClassVar[FailureKind]
    FAILURE_KIND_LIMIT_EXCEEDED: _ClassVar[FailureKind]
    FAILURE_KIND_OVERLOADED: _ClassVar[FailureKind]
    FAILURE_KIND_RUNNER_FAULT: _ClassVar[FailureKind]
    FAILURE_KIND_NOT_APPROVED: _ClassVar[FailureKind]
    FAILURE_KIND_NEEDS_APPROVAL: _ClassVar[FailureKind]
PROGRAM_FORMAT_UNSPECIFIED: ProgramFormat
PROGRAM_FORMAT_MODULE: ProgramFormat
PROGRAM_FORMAT_SCRIPT: ProgramFormat
UNUSABLE_REASON_UNSPECIFIED: UnusableReason
UNUSABLE_REASON_NOT_MADE: UnusableReason
UNUSABLE_REASON_NOT_CHANGED: UnusableReason
UNUSABLE_REASON_USES_UNMADE: UnusableReason
CONSOLE_LEVEL_UNSPECIFIED: ConsoleLevel
CONSOLE_LEVEL_DEBUG: ConsoleLevel
CONSOLE_LEVEL_LOG: ConsoleLevel
CONSOLE_LEVEL_INFO: ConsoleLevel
CONSOLE_LEVEL_WARN: ConsoleLevel
CONSOLE_LEVEL_ERROR: ConsoleLevel
FAILURE_KIND_UNSPECIFIED: FailureKind
FAILURE_KIND_INVALID_INPUT: FailureKind
FAILURE_KIND_THROWN: FailureKind
FAILURE_KIND_FUEL_EXHAUSTED: FailureKind
FAILURE_KIND_MEMORY_EXCEEDED: FailureKind
FAILURE_KIND_STACK_OVERFLOW: FailureKind
FAILURE_KIND_DEADLINE_EXCEEDED: FailureKind
FAILURE_KIND_OUTPUT_TOO_LARGE: FailureKind
FAILURE_KIND_CAPABILITY_DENIED: FailureKind
FAILURE_KIND_NEVER_SETTLED: FailureKind
FAILURE_KIND_TOOL_NOT_FOUND: FailureKind
FAILURE_KIND_LOAD_FAILED: FailureKind
FAILURE_KIND_RUNNER_LOST: FailureKind
FAILURE_KIND_CANCELLED: FailureKind
FAILURE_KIND_LIMIT_EXCEEDED: FailureKind
FAILURE_KIND_OVERLOADED: FailureKind
FAILURE_KIND_RUNNER_FAULT: FailureKind
FAILURE_KIND_NOT_APPROVED: FailureKind
FAILURE_KIND_NEEDS_APPROVAL: FailureKind

class RunToolsRequest(_message.Message):
    __slots__ = ("open", "program_chunk", "call", "host_result", "cancel", "evaluate", "part", "ping")
    OPEN_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_CHUNK_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    HOST_RESULT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    EVALUATE_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    open: Open
    program_chunk: ProgramChunk
    call: Call
    host_result: HostResult
    cancel: Cancel
    evaluate: Evaluate
    part: RequestPart
    ping: Ping
    def __init__(self, open: _Optional[_Union[Open, _Mapping]] = ..., program_chunk: _Optional[_Union[ProgramChunk, _Mapping]] = ..., call: _Optional[_Union[Call, _Mapping]] = ..., host_result: _Optional[_Union[HostResult, _Mapping]] = ..., cancel: _Optional[_Union[Cancel, _Mapping]] = ..., evaluate: _Optional[_Union[Evaluate, _Mapping]] = ..., part: _Optional[_Union[RequestPart, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class RequestPart(_message.Message):
    __slots__ = ("data", "last", "abandoned")
    DATA_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    ABANDONED_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    last: bool
    abandoned: bool
    def __init__(self, data: _Optional[bytes] = ..., last: _Optional[bool] = ..., abandoned: _Optional[bool] = ...) -> None: ...

class RunToolsResponse(_message.Message):
    __slots__ = ("opened", "program_missing", "load_failed", "console", "host_call", "result", "started", "draining", "ping")
    OPENED_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_MISSING_FIELD_NUMBER: _ClassVar[int]
    LOAD_FAILED_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    opened: Opened
    program_missing: ProgramMissing
    load_failed: LoadFailed
    console: ConsoleLine
    host_call: HostCall
    result: Result
    started: Started
    draining: Draining
    ping: Ping
    def __init__(self, opened: _Optional[_Union[Opened, _Mapping]] = ..., program_missing: _Optional[_Union[ProgramMissing, _Mapping]] = ..., load_failed: _Optional[_Union[LoadFailed, _Mapping]] = ..., console: _Optional[_Union[ConsoleLine, _Mapping]] = ..., host_call: _Optional[_Union[HostCall, _Mapping]] = ..., result: _Optional[_Union[Result, _Mapping]] = ..., started: _Optional[_Union[Started, _Mapping]] = ..., draining: _Optional[_Union[Draining, _Mapping]] = ..., ping: _Optional[_Union[Ping, _Mapping]] = ...) -> None: ...

class Open(_message.Message):
    __slots__ = ("run_id", "program_digest", "format", "limits", "capabilities", "tenant", "required_features", "env", "host_calls_at_load", "max_load_age", "replay")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_FEATURES_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_AT_LOAD_FIELD_NUMBER: _ClassVar[int]
    MAX_LOAD_AGE_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    program_digest: str
    format: ProgramFormat
    limits: Limits
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    tenant: str
    required_features: _containers.RepeatedScalarFieldContainer[str]
    env: _containers.ScalarMap[str, str]
    host_calls_at_load: bool
    max_load_age: _duration_pb2.Duration
    replay: Trace
    def __init__(self, run_id: _Optional[str] = ..., program_digest: _Optional[str] = ..., format: _Optional[_Union[ProgramFormat, str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., capabilities: _Optional[_Iterable[str]] = ..., tenant: _Optional[str] = ..., required_features: _Optional[_Iterable[str]] = ..., env: _Optional[_Mapping[str, str]] = ..., host_calls_at_load: _Optional[bool] = ..., max_load_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., replay: _Optional[_Union[Trace, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("timeout", "fuel", "memory_bytes", "output_bytes", "console_bytes", "heap_bytes", "stack_bytes", "host_wait", "host_calls", "host_calls_in_flight", "timers")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    FUEL_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_BYTES_FIELD_NUMBER: _ClassVar[int]
    STACK_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TIMERS_FIELD_NUMBER: _ClassVar[int]
    timeout: _duration_pb2.Duration
    fuel: int
    memory_bytes: int
    output_bytes: int
    console_bytes: int
    heap_bytes: int
    stack_bytes: int
    host_wait: _duration_pb2.Duration
    host_calls: int
    host_calls_in_flight: int
    timers: int
    def __init__(self, timeout: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., fuel: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., output_bytes: _Optional[int] = ..., console_bytes: _Optional[int] = ..., heap_bytes: _Optional[int] = ..., stack_bytes: _Optional[int] = ..., host_wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., host_calls: _Optional[int] = ..., host_calls_in_flight: _Optional[int] = ..., timers: _Optional[int] = ...) -> None: ...

class ProgramChunk(_message.Message):
    __slots__ = ("data", "last")
    DATA_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    last: bool
    def __init__(self, data: _Optional[bytes] = ..., last: _Optional[bool] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("call_id", "agent", "tool", "input_json", "context_json", "tool_call_id", "limits", "approved", "messages_json", "record", "replay", "traceparent", "tracestate")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_JSON_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_JSON_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    agent: str
    tool: str
    input_json: str
    context_json: str
    tool_call_id: str
    limits: Limits
    approved: bool
    messages_json: str
    record: bool
    replay: Trace
    traceparent: str
    tracestate: str
    def __init__(self, call_id: _Optional[str] = ..., agent: _Optional[str] = ..., tool: _Optional[str] = ..., input_json: _Optional[str] = ..., context_json: _Optional[str] = ..., tool_call_id: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., approved: _Optional[bool] = ..., messages_json: _Optional[str] = ..., record: _Optional[bool] = ..., replay: _Optional[_Union[Trace, _Mapping]] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class Trace(_message.Message):
    __slots__ = ("seed", "clock_us", "steps", "elapsed_us", "failures", "recovers", "given_us", "cut")
    class FailuresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: ToolFailure
        def __init__(self, key: _Optional[int] = ..., value: _Optional[_Union[ToolFailure, _Mapping]] = ...) -> None: ...
    SEED_FIELD_NUMBER: _ClassVar[int]
    CLOCK_US_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_US_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    RECOVERS_FIELD_NUMBER: _ClassVar[int]
    GIVEN_US_FIELD_NUMBER: _ClassVar[int]
    CUT_FIELD_NUMBER: _ClassVar[int]
    seed: bytes
    clock_us: int
    steps: _containers.RepeatedScalarFieldContainer[int]
    elapsed_us: _containers.RepeatedScalarFieldContainer[int]
    failures: _containers.MessageMap[int, ToolFailure]
    recovers: bool
    given_us: int
    cut: bool
    def __init__(self, seed: _Optional[bytes] = ..., clock_us: _Optional[int] = ..., steps: _Optional[_Iterable[int]] = ..., elapsed_us: _Optional[_Iterable[int]] = ..., failures: _Optional[_Mapping[int, ToolFailure]] = ..., recovers: _Optional[bool] = ..., given_us: _Optional[int] = ..., cut: _Optional[bool] = ...) -> None: ...

class CallTrace(_message.Message):
    __slots__ = ("call", "load", "sandbox")
    CALL_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    SANDBOX_FIELD_NUMBER: _ClassVar[int]
    call: Trace
    load: Trace
    sandbox: str
    def __init__(self, call: _Optional[_Union[Trace, _Mapping]] = ..., load: _Optional[_Union[Trace, _Mapping]] = ..., sandbox: _Optional[str] = ...) -> None: ...

class Evaluate(_message.Message):
    __slots__ = ("call_id", "agent", "tool", "member", "arguments_json", "context_json", "limits", "traceparent", "tracestate")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    ARGUMENTS_JSON_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_JSON_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    TRACEPARENT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    agent: str
    tool: str
    member: str
    arguments_json: str
    context_json: str
    limits: Limits
    traceparent: str
    tracestate: str
    def __init__(self, call_id: _Optional[str] = ..., agent: _Optional[str] = ..., tool: _Optional[str] = ..., member: _Optional[str] = ..., arguments_json: _Optional[str] = ..., context_json: _Optional[str] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., traceparent: _Optional[str] = ..., tracestate: _Optional[str] = ...) -> None: ...

class HostResult(_message.Message):
    __slots__ = ("call_id", "host_call_id", "output_json", "failure")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    host_call_id: int
    output_json: str
    failure: ToolFailure
    def __init__(self, call_id: _Optional[str] = ..., host_call_id: _Optional[int] = ..., output_json: _Optional[str] = ..., failure: _Optional[_Union[ToolFailure, _Mapping]] = ...) -> None: ...

class Cancel(_message.Message):
    __slots__ = ("call_id",)
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    def __init__(self, call_id: _Optional[str] = ...) -> None: ...

class Opened(_message.Message):
    __slots__ = ("warm", "usage", "console", "features", "limits", "max_calls_in_flight", "max_request_bytes", "private_load", "incomplete")
    WARM_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MAX_REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_LOAD_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    warm: bool
    usage: Usage
    console: _containers.RepeatedCompositeFieldContainer[ConsoleLine]
    features: _containers.RepeatedScalarFieldContainer[str]
    limits: Limits
    max_calls_in_flight: int
    max_request_bytes: int
    private_load: PrivateLoad
    incomplete: IncompleteLoad
    def __init__(self, warm: _Optional[bool] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., console: _Optional[_Iterable[_Union[ConsoleLine, _Mapping]]] = ..., features: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., max_calls_in_flight: _Optional[int] = ..., max_request_bytes: _Optional[int] = ..., private_load: _Optional[_Union[PrivateLoad, _Mapping]] = ..., incomplete: _Optional[_Union[IncompleteLoad, _Mapping]] = ...) -> None: ...

class PrivateLoad(_message.Message):
    __slots__ = ("env", "host_calls")
    ENV_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    env: _containers.RepeatedScalarFieldContainer[str]
    host_calls: bool
    def __init__(self, env: _Optional[_Iterable[str]] = ..., host_calls: _Optional[bool] = ...) -> None: ...

class IncompleteLoad(_message.Message):
    __slots__ = ("faults", "agents", "unusable")
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    UNUSABLE_FIELD_NUMBER: _ClassVar[int]
    faults: _containers.RepeatedCompositeFieldContainer[LoadFault]
    agents: _containers.RepeatedCompositeFieldContainer[MadeAgent]
    unusable: _containers.RepeatedCompositeFieldContainer[UnusableTool]
    def __init__(self, faults: _Optional[_Iterable[_Union[LoadFault, _Mapping]]] = ..., agents: _Optional[_Iterable[_Union[MadeAgent, _Mapping]]] = ..., unusable: _Optional[_Iterable[_Union[UnusableTool, _Mapping]]] = ...) -> None: ...

class UnusableTool(_message.Message):
    __slots__ = ("agent", "tool", "reason", "fault")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    agent: str
    tool: str
    reason: UnusableReason
    fault: int
    def __init__(self, agent: _Optional[str] = ..., tool: _Optional[str] = ..., reason: _Optional[_Union[UnusableReason, str]] = ..., fault: _Optional[int] = ...) -> None: ...

class LoadFault(_message.Message):
    __slots__ = ("failure", "place")
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    failure: ToolFailure
    place: str
    def __init__(self, failure: _Optional[_Union[ToolFailure, _Mapping]] = ..., place: _Optional[str] = ...) -> None: ...

class MadeAgent(_message.Message):
    __slots__ = ("key", "tools", "tools_unknown")
    KEY_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    TOOLS_UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    key: str
    tools: _containers.RepeatedScalarFieldContainer[str]
    tools_unknown: bool
    def __init__(self, key: _Optional[str] = ..., tools: _Optional[_Iterable[str]] = ..., tools_unknown: _Optional[bool] = ...) -> None: ...

class ProgramMissing(_message.Message):
    __slots__ = ("program_digest",)
    PROGRAM_DIGEST_FIELD_NUMBER: _ClassVar[int]
    program_digest: str
    def __init__(self, program_digest: _Optional[str] = ...) -> None: ...

class Started(_message.Message):
    __slots__ = ("call_id",)
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    def __init__(self, call_id: _Optional[str] = ...) -> None: ...

class Draining(_message.Message):
    __slots__ = ("deadline",)
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    deadline: _timestamp_pb2.Timestamp
    def __init__(self, deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Ping(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: int
    def __init__(self, id: _Optional[int] = ...) -> None: ...

class LoadFailed(_message.Message):
    __slots__ = ("failure", "console", "usage")
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    failure: ToolFailure
    console: _containers.RepeatedCompositeFieldContainer[ConsoleLine]
    usage: Usage
    def __init__(self, failure: _Optional[_Union[ToolFailure, _Mapping]] = ..., console: _Optional[_Iterable[_Union[ConsoleLine, _Mapping]]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ...) -> None: ...

class ConsoleLine(_message.Message):
    __slots__ = ("call_id", "level", "text", "time")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    level: ConsoleLevel
    text: str
    time: _timestamp_pb2.Timestamp
    def __init__(self, call_id: _Optional[str] = ..., level: _Optional[_Union[ConsoleLevel, str]] = ..., text: _Optional[str] = ..., time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HostCall(_message.Message):
    __slots__ = ("call_id", "host_call_id", "capability", "input_json", "span_id")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    host_call_id: int
    capability: str
    input_json: str
    span_id: str
    def __init__(self, call_id: _Optional[str] = ..., host_call_id: _Optional[int] = ..., capability: _Optional[str] = ..., input_json: _Optional[str] = ..., span_id: _Optional[str] = ...) -> None: ...

class Result(_message.Message):
    __slots__ = ("call_id", "output_json", "failure", "usage", "started", "model_output_json", "trace")
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    MODEL_OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    output_json: str
    failure: ToolFailure
    usage: Usage
    started: bool
    model_output_json: str
    trace: CallTrace
    def __init__(self, call_id: _Optional[str] = ..., output_json: _Optional[str] = ..., failure: _Optional[_Union[ToolFailure, _Mapping]] = ..., usage: _Optional[_Union[Usage, _Mapping]] = ..., started: _Optional[bool] = ..., model_output_json: _Optional[str] = ..., trace: _Optional[_Union[CallTrace, _Mapping]] = ...) -> None: ...

class ToolFailure(_message.Message):
    __slots__ = ("kind", "message", "name", "stack")
    KIND_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    kind: FailureKind
    message: str
    name: str
    stack: str
    def __init__(self, kind: _Optional[_Union[FailureKind, str]] = ..., message: _Optional[str] = ..., name: _Optional[str] = ..., stack: _Optional[str] = ...) -> None: ...

class Usage(_message.Message):
    __slots__ = ("fuel", "wall_time", "peak_memory_bytes", "host_calls")
    FUEL_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    PEAK_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    fuel: int
    wall_time: _duration_pb2.Duration
    peak_memory_bytes: int
    host_calls: int
    def __init__(self, fuel: _Optional[int] = ..., wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., peak_memory_bytes: _Optional[int] = ..., host_calls: _Optional[int] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("version", "features", "capabilities", "limits", "max_program_bytes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MAX_PROGRAM_BYTES_FIELD_NUMBER: _ClassVar[int]
    version: str
    features: _containers.RepeatedScalarFieldContainer[str]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: Limits
    max_program_bytes: int
    def __init__(self, version: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., max_program_bytes: _Optional[int] = ...) -> None: ...

class WatchLoadRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchLoadResponse(_message.Message):
    __slots__ = ("streams", "calls_running", "calls_waiting", "workers", "draining")
    STREAMS_FIELD_NUMBER: _ClassVar[int]
    CALLS_RUNNING_FIELD_NUMBER: _ClassVar[int]
    CALLS_WAITING_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    streams: int
    calls_running: int
    calls_waiting: int
    workers: int
    draining: bool
    def __init__(self, streams: _Optional[int] = ..., calls_running: _Optional[int] = ..., calls_waiting: _Optional[int] = ..., workers: _Optional[int] = ..., draining: _Optional[bool] = ...) -> None: ...
