from caisson.toolrunner.v1 import tool_runner_service_pb2 as _tool_runner_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WorkerRequest(_message.Message):
    __slots__ = ("load", "start", "host_result", "cancel", "drop")
    LOAD_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    HOST_RESULT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    DROP_FIELD_NUMBER: _ClassVar[int]
    load: LoadProgram
    start: StartCall
    host_result: DeliverHostResult
    cancel: CancelWork
    drop: DropProgram
    def __init__(self, load: _Optional[_Union[LoadProgram, _Mapping]] = ..., start: _Optional[_Union[StartCall, _Mapping]] = ..., host_result: _Optional[_Union[DeliverHostResult, _Mapping]] = ..., cancel: _Optional[_Union[CancelWork, _Mapping]] = ..., drop: _Optional[_Union[DropProgram, _Mapping]] = ...) -> None: ...

class WorkerResponse(_message.Message):
    __slots__ = ("ready", "loaded", "console", "host_call", "done", "suspended", "resumed")
    READY_FIELD_NUMBER: _ClassVar[int]
    LOADED_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    RESUMED_FIELD_NUMBER: _ClassVar[int]
    ready: Ready
    loaded: Loaded
    console: WorkConsole
    host_call: WorkHostCall
    done: Done
    suspended: Suspended
    resumed: Resumed
    def __init__(self, ready: _Optional[_Union[Ready, _Mapping]] = ..., loaded: _Optional[_Union[Loaded, _Mapping]] = ..., console: _Optional[_Union[WorkConsole, _Mapping]] = ..., host_call: _Optional[_Union[WorkHostCall, _Mapping]] = ..., done: _Optional[_Union[Done, _Mapping]] = ..., suspended: _Optional[_Union[Suspended, _Mapping]] = ..., resumed: _Optional[_Union[Resumed, _Mapping]] = ...) -> None: ...

class WorkLimits(_message.Message):
    __slots__ = ("timeout_ms", "fuel", "memory_bytes", "output_bytes", "console_bytes", "heap_bytes", "stack_bytes", "host_wait_ms", "host_calls", "host_calls_in_flight", "timers")
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    FUEL_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_BYTES_FIELD_NUMBER: _ClassVar[int]
    STACK_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_WAIT_MS_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    TIMERS_FIELD_NUMBER: _ClassVar[int]
    timeout_ms: int
    fuel: int
    memory_bytes: int
    output_bytes: int
    console_bytes: int
    heap_bytes: int
    stack_bytes: int
    host_wait_ms: int
    host_calls: int
    host_calls_in_flight: int
    timers: int
    def __init__(self, timeout_ms: _Optional[int] = ..., fuel: _Optional[int] = ..., memory_bytes: _Optional[int] = ..., output_bytes: _Optional[int] = ..., console_bytes: _Optional[int] = ..., heap_bytes: _Optional[int] = ..., stack_bytes: _Optional[int] = ..., host_wait_ms: _Optional[int] = ..., host_calls: _Optional[int] = ..., host_calls_in_flight: _Optional[int] = ..., timers: _Optional[int] = ...) -> None: ...

class LoadProgram(_message.Message):
    __slots__ = ("work_id", "digest", "format", "source", "limits", "given_json", "strict", "replay")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    GIVEN_JSON_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    digest: str
    format: _tool_runner_service_pb2.ProgramFormat
    source: bytes
    limits: WorkLimits
    given_json: bytes
    strict: bool
    replay: _tool_runner_service_pb2.Trace
    def __init__(self, work_id: _Optional[int] = ..., digest: _Optional[str] = ..., format: _Optional[_Union[_tool_runner_service_pb2.ProgramFormat, str]] = ..., source: _Optional[bytes] = ..., limits: _Optional[_Union[WorkLimits, _Mapping]] = ..., given_json: _Optional[bytes] = ..., strict: _Optional[bool] = ..., replay: _Optional[_Union[_tool_runner_service_pb2.Trace, _Mapping]] = ...) -> None: ...

class StartCall(_message.Message):
    __slots__ = ("work_id", "digest", "agent", "tool", "input_json", "context_json", "tool_call_id", "capabilities", "limits", "member", "approved", "messages_json", "record", "replay")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_JSON_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    MEMBER_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_JSON_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    REPLAY_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    digest: str
    agent: str
    tool: str
    input_json: str
    context_json: str
    tool_call_id: str
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: WorkLimits
    member: str
    approved: bool
    messages_json: str
    record: bool
    replay: _tool_runner_service_pb2.Trace
    def __init__(self, work_id: _Optional[int] = ..., digest: _Optional[str] = ..., agent: _Optional[str] = ..., tool: _Optional[str] = ..., input_json: _Optional[str] = ..., context_json: _Optional[str] = ..., tool_call_id: _Optional[str] = ..., capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[WorkLimits, _Mapping]] = ..., member: _Optional[str] = ..., approved: _Optional[bool] = ..., messages_json: _Optional[str] = ..., record: _Optional[bool] = ..., replay: _Optional[_Union[_tool_runner_service_pb2.Trace, _Mapping]] = ...) -> None: ...

class DeliverHostResult(_message.Message):
    __slots__ = ("work_id", "host_call_id", "output_json", "failure")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    host_call_id: int
    output_json: str
    failure: _tool_runner_service_pb2.ToolFailure
    def __init__(self, work_id: _Optional[int] = ..., host_call_id: _Optional[int] = ..., output_json: _Optional[str] = ..., failure: _Optional[_Union[_tool_runner_service_pb2.ToolFailure, _Mapping]] = ...) -> None: ...

class CancelWork(_message.Message):
    __slots__ = ("work_id", "at_once")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    AT_ONCE_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    at_once: bool
    def __init__(self, work_id: _Optional[int] = ..., at_once: _Optional[bool] = ...) -> None: ...

class DropProgram(_message.Message):
    __slots__ = ("digest",)
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    digest: str
    def __init__(self, digest: _Optional[str] = ...) -> None: ...

class Ready(_message.Message):
    __slots__ = ("jail", "missing")
    JAIL_FIELD_NUMBER: _ClassVar[int]
    MISSING_FIELD_NUMBER: _ClassVar[int]
    jail: _containers.RepeatedScalarFieldContainer[str]
    missing: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, jail: _Optional[_Iterable[str]] = ..., missing: _Optional[_Iterable[str]] = ...) -> None: ...

class Loaded(_message.Message):
    __slots__ = ("work_id", "failure", "usage", "image_bytes", "incomplete", "reads")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    INCOMPLETE_FIELD_NUMBER: _ClassVar[int]
    READS_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    failure: _tool_runner_service_pb2.ToolFailure
    usage: _tool_runner_service_pb2.Usage
    image_bytes: int
    incomplete: _tool_runner_service_pb2.IncompleteLoad
    reads: LoadReads
    def __init__(self, work_id: _Optional[int] = ..., failure: _Optional[_Union[_tool_runner_service_pb2.ToolFailure, _Mapping]] = ..., usage: _Optional[_Union[_tool_runner_service_pb2.Usage, _Mapping]] = ..., image_bytes: _Optional[int] = ..., incomplete: _Optional[_Union[_tool_runner_service_pb2.IncompleteLoad, _Mapping]] = ..., reads: _Optional[_Union[LoadReads, _Mapping]] = ...) -> None: ...

class LoadReads(_message.Message):
    __slots__ = ("env", "all_env", "fetches")
    ENV_FIELD_NUMBER: _ClassVar[int]
    ALL_ENV_FIELD_NUMBER: _ClassVar[int]
    FETCHES_FIELD_NUMBER: _ClassVar[int]
    env: _containers.RepeatedScalarFieldContainer[str]
    all_env: bool
    fetches: bool
    def __init__(self, env: _Optional[_Iterable[str]] = ..., all_env: _Optional[bool] = ..., fetches: _Optional[bool] = ...) -> None: ...

class WorkConsole(_message.Message):
    __slots__ = ("work_id", "level", "text")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    level: _tool_runner_service_pb2.ConsoleLevel
    text: str
    def __init__(self, work_id: _Optional[int] = ..., level: _Optional[_Union[_tool_runner_service_pb2.ConsoleLevel, str]] = ..., text: _Optional[str] = ...) -> None: ...

class WorkHostCall(_message.Message):
    __slots__ = ("work_id", "host_call_id", "capability", "input_json")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    host_call_id: int
    capability: str
    input_json: str
    def __init__(self, work_id: _Optional[int] = ..., host_call_id: _Optional[int] = ..., capability: _Optional[str] = ..., input_json: _Optional[str] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("work_id", "output_json", "failure", "usage", "model_output_json", "trace")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    output_json: str
    failure: _tool_runner_service_pb2.ToolFailure
    usage: _tool_runner_service_pb2.Usage
    model_output_json: str
    trace: _tool_runner_service_pb2.CallTrace
    def __init__(self, work_id: _Optional[int] = ..., output_json: _Optional[str] = ..., failure: _Optional[_Union[_tool_runner_service_pb2.ToolFailure, _Mapping]] = ..., usage: _Optional[_Union[_tool_runner_service_pb2.Usage, _Mapping]] = ..., model_output_json: _Optional[str] = ..., trace: _Optional[_Union[_tool_runner_service_pb2.CallTrace, _Mapping]] = ...) -> None: ...

class Suspended(_message.Message):
    __slots__ = ("work_id", "memory_bytes")
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    memory_bytes: int
    def __init__(self, work_id: _Optional[int] = ..., memory_bytes: _Optional[int] = ...) -> None: ...

class Resumed(_message.Message):
    __slots__ = ("work_id",)
    WORK_ID_FIELD_NUMBER: _ClassVar[int]
    work_id: int
    def __init__(self, work_id: _Optional[int] = ...) -> None: ...
