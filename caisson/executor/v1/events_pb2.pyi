import datetime

from caisson.executor.v1 import manifest_pb2 as _manifest_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class FinishReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FINISH_REASON_UNSPECIFIED: _ClassVar[FinishReason]
    FINISH_REASON_STOP: _ClassVar[FinishReason]
    FINISH_REASON_LENGTH: _ClassVar[FinishReason]
    FINISH_REASON_CONTENT_FILTER: _ClassVar[FinishReason]
    FINISH_REASON_TOOL_CALLS: _ClassVar[FinishReason]
    FINISH_REASON_MAX_STEPS: _ClassVar[FinishReason]
    FINISH_REASON_OTHER: _ClassVar[FinishReason]
    FINISH_REASON_BUDGET: _ClassVar[FinishReason]

class UsageSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    USAGE_SOURCE_UNSPECIFIED: _ClassVar[UsageSource]
    USAGE_SOURCE_PROVIDER: _ClassVar[UsageSource]
    USAGE_SOURCE_ESTIMATED: _ClassVar[UsageSource]

class BudgetKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BUDGET_KIND_UNSPECIFIED: _ClassVar[BudgetKind]
    BUDGET_KIND_STEPS: _ClassVar[BudgetKind]
    BUDGET_KIND_TOOL_CALLS: _ClassVar[BudgetKind]
    BUDGET_KIND_INPUT_TOKENS: _ClassVar[BudgetKind]
    BUDGET_KIND_OUTPUT_TOKENS: _ClassVar[BudgetKind]
    BUDGET_KIND_COST: _ClassVar[BudgetKind]
    BUDGET_KIND_TOOL_TIME: _ClassVar[BudgetKind]

class ToolOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOOL_OUTCOME_UNSPECIFIED: _ClassVar[ToolOutcome]
    TOOL_OUTCOME_RETURNED: _ClassVar[ToolOutcome]
    TOOL_OUTCOME_FAILED: _ClassVar[ToolOutcome]
    TOOL_OUTCOME_UNFINISHED: _ClassVar[ToolOutcome]
    TOOL_OUTCOME_NOT_STARTED: _ClassVar[ToolOutcome]

class AbortCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ABORT_CAUSE_UNSPECIFIED: _ClassVar[AbortCause]
    ABORT_CAUSE_CLIENT_CANCELLED: _ClassVar[AbortCause]
    ABORT_CAUSE_CLIENT_DEADLINE: _ClassVar[AbortCause]
    ABORT_CAUSE_SHUTDOWN: _ClassVar[AbortCause]
    ABORT_CAUSE_INTERRUPTED: _ClassVar[AbortCause]
    ABORT_CAUSE_CLIENT_STALLED: _ClassVar[AbortCause]
FINISH_REASON_UNSPECIFIED: FinishReason
FINISH_REASON_STOP: FinishReason
FINISH_REASON_LENGTH: FinishReason
FINISH_REASON_CONTENT_FILTER: FinishReason
FINISH_REASON_TOOL_CALLS: FinishReason
FINISH_REASON_MAX_STEPS: FinishReason
FINISH_REASON_OTHER: FinishReason
FINISH_REASON_BUDGET: FinishReason
USAGE_SOURCE_UNSPECIFIED: UsageSource
USAGE_SOURCE_PROVIDER: UsageSource
USAGE_SOURCE_ESTIMATED: UsageSource
BUDGET_KIND_UNSPECIFIED: BudgetKind
BUDGET_KIND_STEPS: BudgetKind
BUDGET_KIND_TOOL_CALLS: BudgetKind
BUDGET_KIND_INPUT_TOKENS: BudgetKind
BUDGET_KIND_OUTPUT_TOKENS: BudgetKind
BUDGET_KIND_COST: BudgetKind
BUDGET_KIND_TOOL_TIME: BudgetKind
TOOL_OUTCOME_UNSPECIFIED: ToolOutcome
TOOL_OUTCOME_RETURNED: ToolOutcome
TOOL_OUTCOME_FAILED: ToolOutcome
TOOL_OUTCOME_UNFINISHED: ToolOutcome
TOOL_OUTCOME_NOT_STARTED: ToolOutcome
ABORT_CAUSE_UNSPECIFIED: AbortCause
ABORT_CAUSE_CLIENT_CANCELLED: AbortCause
ABORT_CAUSE_CLIENT_DEADLINE: AbortCause
ABORT_CAUSE_SHUTDOWN: AbortCause
ABORT_CAUSE_INTERRUPTED: AbortCause
ABORT_CAUSE_CLIENT_STALLED: AbortCause

class RunStarted(_message.Message):
    __slots__ = ("bundle_digest", "agent", "model", "session_id", "diagnostics")
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    bundle_digest: str
    agent: str
    model: str
    session_id: str
    diagnostics: _containers.RepeatedCompositeFieldContainer[_manifest_pb2.Diagnostic]
    def __init__(self, bundle_digest: _Optional[str] = ..., agent: _Optional[str] = ..., model: _Optional[str] = ..., session_id: _Optional[str] = ..., diagnostics: _Optional[_Iterable[_Union[_manifest_pb2.Diagnostic, _Mapping]]] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("message_id",)
    MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    message_id: str
    def __init__(self, message_id: _Optional[str] = ...) -> None: ...

class StartStep(_message.Message):
    __slots__ = ("step",)
    STEP_FIELD_NUMBER: _ClassVar[int]
    step: int
    def __init__(self, step: _Optional[int] = ...) -> None: ...

class TextStart(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class TextDelta(_message.Message):
    __slots__ = ("id", "delta")
    ID_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    id: str
    delta: str
    def __init__(self, id: _Optional[str] = ..., delta: _Optional[str] = ...) -> None: ...

class TextEnd(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ReasoningStart(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ReasoningDelta(_message.Message):
    __slots__ = ("id", "delta")
    ID_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    id: str
    delta: str
    def __init__(self, id: _Optional[str] = ..., delta: _Optional[str] = ...) -> None: ...

class ReasoningEnd(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class ToolInputStart(_message.Message):
    __slots__ = ("tool_call_id", "tool_name")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    tool_name: str
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ...) -> None: ...

class ToolInputDelta(_message.Message):
    __slots__ = ("tool_call_id", "input_text_delta")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_TEXT_DELTA_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    input_text_delta: str
    def __init__(self, tool_call_id: _Optional[str] = ..., input_text_delta: _Optional[str] = ...) -> None: ...

class ToolInputAvailable(_message.Message):
    __slots__ = ("tool_call_id", "tool_name", "input")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    tool_name: str
    input: _struct_pb2.Value
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., input: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class ToolInputError(_message.Message):
    __slots__ = ("tool_call_id", "tool_name", "input_text", "error_text")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    INPUT_TEXT_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    tool_name: str
    input_text: str
    error_text: str
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., input_text: _Optional[str] = ..., error_text: _Optional[str] = ...) -> None: ...

class ToolOutputAvailable(_message.Message):
    __slots__ = ("tool_call_id", "output")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    output: _struct_pb2.Value
    def __init__(self, tool_call_id: _Optional[str] = ..., output: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ...) -> None: ...

class ToolOutputError(_message.Message):
    __slots__ = ("tool_call_id", "error_text", "kind", "name", "stack")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    error_text: str
    kind: str
    name: str
    stack: str
    def __init__(self, tool_call_id: _Optional[str] = ..., error_text: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., stack: _Optional[str] = ...) -> None: ...

class ToolOutputDenied(_message.Message):
    __slots__ = ("tool_call_id",)
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    def __init__(self, tool_call_id: _Optional[str] = ...) -> None: ...

class ToolApprovalRequest(_message.Message):
    __slots__ = ("approval_id", "tool_call_id")
    APPROVAL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    approval_id: str
    tool_call_id: str
    def __init__(self, approval_id: _Optional[str] = ..., tool_call_id: _Optional[str] = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens", "source", "cache_write_input_tokens", "cost_usd")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CACHE_WRITE_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    reasoning_tokens: int
    source: UsageSource
    cache_write_input_tokens: int
    cost_usd: float
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cached_input_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ..., source: _Optional[_Union[UsageSource, str]] = ..., cache_write_input_tokens: _Optional[int] = ..., cost_usd: _Optional[float] = ...) -> None: ...

class FinishStep(_message.Message):
    __slots__ = ("step", "finish_reason", "usage", "model")
    STEP_FIELD_NUMBER: _ClassVar[int]
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    step: int
    finish_reason: FinishReason
    usage: TokenUsage
    model: str
    def __init__(self, step: _Optional[int] = ..., finish_reason: _Optional[_Union[FinishReason, str]] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., model: _Optional[str] = ...) -> None: ...

class Finish(_message.Message):
    __slots__ = ("finish_reason", "usage", "steps", "output", "budget", "effects")
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    finish_reason: FinishReason
    usage: TokenUsage
    steps: int
    output: _struct_pb2.Value
    budget: BudgetReached
    effects: Effects
    def __init__(self, finish_reason: _Optional[_Union[FinishReason, str]] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., steps: _Optional[int] = ..., output: _Optional[_Union[_struct_pb2.Value, _Mapping]] = ..., budget: _Optional[_Union[BudgetReached, _Mapping]] = ..., effects: _Optional[_Union[Effects, _Mapping]] = ...) -> None: ...

class BudgetReached(_message.Message):
    __slots__ = ("kind", "limit", "used", "text")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    kind: BudgetKind
    limit: float
    used: float
    text: str
    def __init__(self, kind: _Optional[_Union[BudgetKind, str]] = ..., limit: _Optional[float] = ..., used: _Optional[float] = ..., text: _Optional[str] = ...) -> None: ...

class Effects(_message.Message):
    __slots__ = ("steps", "usage", "tool_calls", "tool_call_count", "session_saved")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SESSION_SAVED_FIELD_NUMBER: _ClassVar[int]
    steps: int
    usage: TokenUsage
    tool_calls: _containers.RepeatedCompositeFieldContainer[ToolEffect]
    tool_call_count: int
    session_saved: bool
    def __init__(self, steps: _Optional[int] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., tool_calls: _Optional[_Iterable[_Union[ToolEffect, _Mapping]]] = ..., tool_call_count: _Optional[int] = ..., session_saved: _Optional[bool] = ...) -> None: ...

class ToolEffect(_message.Message):
    __slots__ = ("tool_call_id", "tool_name", "outcome")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    tool_name: str
    outcome: ToolOutcome
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., outcome: _Optional[_Union[ToolOutcome, str]] = ...) -> None: ...

class Abort(_message.Message):
    __slots__ = ("reason", "cause", "effects")
    REASON_FIELD_NUMBER: _ClassVar[int]
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    reason: str
    cause: AbortCause
    effects: Effects
    def __init__(self, reason: _Optional[str] = ..., cause: _Optional[_Union[AbortCause, str]] = ..., effects: _Optional[_Union[Effects, _Mapping]] = ...) -> None: ...

class Error(_message.Message):
    __slots__ = ("error_text", "status", "effects")
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    error_text: str
    status: _status_pb2.Status
    effects: Effects
    def __init__(self, error_text: _Optional[str] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., effects: _Optional[_Union[Effects, _Mapping]] = ...) -> None: ...

class ModelRetry(_message.Message):
    __slots__ = ("step", "model", "next_model", "attempt", "wait", "reason", "error_text")
    STEP_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    NEXT_MODEL_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    step: int
    model: str
    next_model: str
    attempt: int
    wait: _duration_pb2.Duration
    reason: str
    error_text: str
    def __init__(self, step: _Optional[int] = ..., model: _Optional[str] = ..., next_model: _Optional[str] = ..., attempt: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reason: _Optional[str] = ..., error_text: _Optional[str] = ...) -> None: ...

class SessionWait(_message.Message):
    __slots__ = ("ahead",)
    AHEAD_FIELD_NUMBER: _ClassVar[int]
    ahead: int
    def __init__(self, ahead: _Optional[int] = ...) -> None: ...

class ToolConsole(_message.Message):
    __slots__ = ("tool_call_id", "level", "text")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    level: str
    text: str
    def __init__(self, tool_call_id: _Optional[str] = ..., level: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class ToolRequest(_message.Message):
    __slots__ = ("tool_call_id", "method", "host", "path", "status", "request_bytes", "response_bytes", "wall_time", "error_text")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_BYTES_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    method: str
    host: str
    path: str
    status: int
    request_bytes: int
    response_bytes: int
    wall_time: _duration_pb2.Duration
    error_text: str
    def __init__(self, tool_call_id: _Optional[str] = ..., method: _Optional[str] = ..., host: _Optional[str] = ..., path: _Optional[str] = ..., status: _Optional[int] = ..., request_bytes: _Optional[int] = ..., response_bytes: _Optional[int] = ..., wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., error_text: _Optional[str] = ...) -> None: ...

class ToolUsage(_message.Message):
    __slots__ = ("tool_call_id", "fuel", "wall_time", "peak_memory_bytes", "host_calls")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    FUEL_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    PEAK_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    HOST_CALLS_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    fuel: int
    wall_time: _duration_pb2.Duration
    peak_memory_bytes: int
    host_calls: int
    def __init__(self, tool_call_id: _Optional[str] = ..., fuel: _Optional[int] = ..., wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., peak_memory_bytes: _Optional[int] = ..., host_calls: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
