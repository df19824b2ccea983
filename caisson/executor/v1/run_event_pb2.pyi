import datetime

from caisson.executor.v1 import errors_pb2 as _errors_pb2
from caisson.executor.v1 import manifest_pb2 as _manifest_pb2
from caisson.executor.v1 import message_pb2 as _message_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ToolFailureKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TOOL_FAILURE_KIND_UNSPECIFIED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_INVALID_INPUT: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_THROWN: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_FUEL_EXHAUSTED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_MEMORY_EXCEEDED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_STACK_OVERFLOW: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_DEADLINE_EXCEEDED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_OUTPUT_TOO_LARGE: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_CAPABILITY_DENIED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_NEVER_SETTLED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_TOOL_NOT_FOUND: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_LOAD_FAILED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_RUNNER_LOST: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_CANCELLED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_LIMIT_EXCEEDED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_OVERLOADED: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_RUNNER_FAULT: _ClassVar[ToolFailureKind]
    TOOL_FAILURE_KIND_NOT_APPROVED: _ClassVar[ToolFailureKind]

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

class RunState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATE_UNSPECIFIED: _ClassVar[RunState]
    RUN_STATE_QUEUED: _ClassVar[RunState]
    RUN_STATE_RUNNING: _ClassVar[RunState]
    RUN_STATE_WAITING: _ClassVar[RunState]
    RUN_STATE_COMPLETED: _ClassVar[RunState]
    RUN_STATE_FAILED: _ClassVar[RunState]
    RUN_STATE_ABORTED: _ClassVar[RunState]

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
    ABORT_CAUSE_CANCELLED: _ClassVar[AbortCause]

class InputKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INPUT_KIND_UNSPECIFIED: _ClassVar[InputKind]
    INPUT_KIND_APPROVAL: _ClassVar[InputKind]
    INPUT_KIND_TOOL_RESULT: _ClassVar[InputKind]

class InputOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INPUT_OUTCOME_UNSPECIFIED: _ClassVar[InputOutcome]
    INPUT_OUTCOME_APPROVED: _ClassVar[InputOutcome]
    INPUT_OUTCOME_EDITED: _ClassVar[InputOutcome]
    INPUT_OUTCOME_DENIED: _ClassVar[InputOutcome]
    INPUT_OUTCOME_RESULT: _ClassVar[InputOutcome]
    INPUT_OUTCOME_EXPIRED: _ClassVar[InputOutcome]

class ResumeCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RESUME_CAUSE_UNSPECIFIED: _ClassVar[ResumeCause]
    RESUME_CAUSE_EXECUTOR_LOST: _ClassVar[ResumeCause]
    RESUME_CAUSE_ANSWERED: _ClassVar[ResumeCause]

class ConsoleLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CONSOLE_LEVEL_UNSPECIFIED: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_DEBUG: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_LOG: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_INFO: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_WARN: _ClassVar[ConsoleLevel]
    CONSOLE_LEVEL_ERROR: _ClassVar[ConsoleLevel]
TOOL_FAILURE_KIND_UNSPECIFIED: ToolFailureKind
TOOL_FAILURE_KIND_INVALID_INPUT: ToolFailureKind
TOOL_FAILURE_KIND_THROWN: ToolFailureKind
TOOL_FAILURE_KIND_FUEL_EXHAUSTED: ToolFailureKind
TOOL_FAILURE_KIND_MEMORY_EXCEEDED: ToolFailureKind
TOOL_FAILURE_KIND_STACK_OVERFLOW: ToolFailureKind
TOOL_FAILURE_KIND_DEADLINE_EXCEEDED: ToolFailureKind
TOOL_FAILURE_KIND_OUTPUT_TOO_LARGE: ToolFailureKind
TOOL_FAILURE_KIND_CAPABILITY_DENIED: ToolFailureKind
TOOL_FAILURE_KIND_NEVER_SETTLED: ToolFailureKind
TOOL_FAILURE_KIND_TOOL_NOT_FOUND: ToolFailureKind
TOOL_FAILURE_KIND_LOAD_FAILED: ToolFailureKind
TOOL_FAILURE_KIND_RUNNER_LOST: ToolFailureKind
TOOL_FAILURE_KIND_CANCELLED: ToolFailureKind
TOOL_FAILURE_KIND_LIMIT_EXCEEDED: ToolFailureKind
TOOL_FAILURE_KIND_OVERLOADED: ToolFailureKind
TOOL_FAILURE_KIND_RUNNER_FAULT: ToolFailureKind
TOOL_FAILURE_KIND_NOT_APPROVED: ToolFailureKind
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
RUN_STATE_UNSPECIFIED: RunState
RUN_STATE_QUEUED: RunState
RUN_STATE_RUNNING: RunState
RUN_STATE_WAITING: RunState
RUN_STATE_COMPLETED: RunState
RUN_STATE_FAILED: RunState
RUN_STATE_ABORTED: RunState
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
ABORT_CAUSE_CANCELLED: AbortCause
INPUT_KIND_UNSPECIFIED: InputKind
INPUT_KIND_APPROVAL: InputKind
INPUT_KIND_TOOL_RESULT: InputKind
INPUT_OUTCOME_UNSPECIFIED: InputOutcome
INPUT_OUTCOME_APPROVED: InputOutcome
INPUT_OUTCOME_EDITED: InputOutcome
INPUT_OUTCOME_DENIED: InputOutcome
INPUT_OUTCOME_RESULT: InputOutcome
INPUT_OUTCOME_EXPIRED: InputOutcome
RESUME_CAUSE_UNSPECIFIED: ResumeCause
RESUME_CAUSE_EXECUTOR_LOST: ResumeCause
RESUME_CAUSE_ANSWERED: ResumeCause
CONSOLE_LEVEL_UNSPECIFIED: ConsoleLevel
CONSOLE_LEVEL_DEBUG: ConsoleLevel
CONSOLE_LEVEL_LOG: ConsoleLevel
CONSOLE_LEVEL_INFO: ConsoleLevel
CONSOLE_LEVEL_WARN: ConsoleLevel
CONSOLE_LEVEL_ERROR: ConsoleLevel

class RunEvent(_message.Message):
    __slots__ = ("run_id", "sequence", "event_time", "scope_id", "run_started", "start", "start_step", "text_start", "text_delta", "text_end", "reasoning_start", "reasoning_delta", "reasoning_end", "tool_input_start", "tool_input_delta", "tool_input_available", "tool_input_error", "tool_output_available", "tool_output_error", "tool_output_denied", "finish_step", "tool_console", "tool_usage", "tool_request", "model_retry", "session_wait", "scope_started", "scope_ended", "agent_changed", "input_required", "run_ended", "step_restarted", "model_warning", "tool_model_query", "input_answered", "run_resumed")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
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
    FINISH_STEP_FIELD_NUMBER: _ClassVar[int]
    TOOL_CONSOLE_FIELD_NUMBER: _ClassVar[int]
    TOOL_USAGE_FIELD_NUMBER: _ClassVar[int]
    TOOL_REQUEST_FIELD_NUMBER: _ClassVar[int]
    MODEL_RETRY_FIELD_NUMBER: _ClassVar[int]
    SESSION_WAIT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_STARTED_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ENDED_FIELD_NUMBER: _ClassVar[int]
    AGENT_CHANGED_FIELD_NUMBER: _ClassVar[int]
    INPUT_REQUIRED_FIELD_NUMBER: _ClassVar[int]
    RUN_ENDED_FIELD_NUMBER: _ClassVar[int]
    STEP_RESTARTED_FIELD_NUMBER: _ClassVar[int]
    MODEL_WARNING_FIELD_NUMBER: _ClassVar[int]
    TOOL_MODEL_QUERY_FIELD_NUMBER: _ClassVar[int]
    INPUT_ANSWERED_FIELD_NUMBER: _ClassVar[int]
    RUN_RESUMED_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    sequence: int
    event_time: _timestamp_pb2.Timestamp
    scope_id: str
    run_started: RunStarted
    start: Start
    start_step: StartStep
    text_start: TextStart
    text_delta: TextDelta
    text_end: TextEnd
    reasoning_start: ReasoningStart
    reasoning_delta: ReasoningDelta
    reasoning_end: ReasoningEnd
    tool_input_start: ToolInputStart
    tool_input_delta: ToolInputDelta
    tool_input_available: ToolInputAvailable
    tool_input_error: ToolInputError
    tool_output_available: ToolOutputAvailable
    tool_output_error: ToolOutputError
    tool_output_denied: ToolOutputDenied
    finish_step: FinishStep
    tool_console: ToolConsole
    tool_usage: ToolUsage
    tool_request: ToolRequest
    model_retry: ModelRetry
    session_wait: SessionWait
    scope_started: ScopeStarted
    scope_ended: ScopeEnded
    agent_changed: AgentChanged
    input_required: InputRequired
    run_ended: RunEnded
    step_restarted: StepRestarted
    model_warning: ModelWarning
    tool_model_query: ToolModelQuery
    input_answered: InputAnswered
    run_resumed: RunResumed
    def __init__(self, run_id: _Optional[str] = ..., sequence: _Optional[int] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., scope_id: _Optional[str] = ..., run_started: _Optional[_Union[RunStarted, _Mapping]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., start_step: _Optional[_Union[StartStep, _Mapping]] = ..., text_start: _Optional[_Union[TextStart, _Mapping]] = ..., text_delta: _Optional[_Union[TextDelta, _Mapping]] = ..., text_end: _Optional[_Union[TextEnd, _Mapping]] = ..., reasoning_start: _Optional[_Union[ReasoningStart, _Mapping]] = ..., reasoning_delta: _Optional[_Union[ReasoningDelta, _Mapping]] = ..., reasoning_end: _Optional[_Union[ReasoningEnd, _Mapping]] = ..., tool_input_start: _Optional[_Union[ToolInputStart, _Mapping]] = ..., tool_input_delta: _Optional[_Union[ToolInputDelta, _Mapping]] = ..., tool_input_available: _Optional[_Union[ToolInputAvailable, _Mapping]] = ..., tool_input_error: _Optional[_Union[ToolInputError, _Mapping]] = ..., tool_output_available: _Optional[_Union[ToolOutputAvailable, _Mapping]] = ..., tool_output_error: _Optional[_Union[ToolOutputError, _Mapping]] = ..., tool_output_denied: _Optional[_Union[ToolOutputDenied, _Mapping]] = ..., finish_step: _Optional[_Union[FinishStep, _Mapping]] = ..., tool_console: _Optional[_Union[ToolConsole, _Mapping]] = ..., tool_usage: _Optional[_Union[ToolUsage, _Mapping]] = ..., tool_request: _Optional[_Union[ToolRequest, _Mapping]] = ..., model_retry: _Optional[_Union[ModelRetry, _Mapping]] = ..., session_wait: _Optional[_Union[SessionWait, _Mapping]] = ..., scope_started: _Optional[_Union[ScopeStarted, _Mapping]] = ..., scope_ended: _Optional[_Union[ScopeEnded, _Mapping]] = ..., agent_changed: _Optional[_Union[AgentChanged, _Mapping]] = ..., input_required: _Optional[_Union[InputRequired, _Mapping]] = ..., run_ended: _Optional[_Union[RunEnded, _Mapping]] = ..., step_restarted: _Optional[_Union[StepRestarted, _Mapping]] = ..., model_warning: _Optional[_Union[ModelWarning, _Mapping]] = ..., tool_model_query: _Optional[_Union[ToolModelQuery, _Mapping]] = ..., input_answered: _Optional[_Union[InputAnswered, _Mapping]] = ..., run_resumed: _Optional[_Union[RunResumed, _Mapping]] = ...) -> None: ...

class RunStarted(_message.Message):
    __slots__ = ("bundle_digest", "agent", "model", "session_id", "diagnostics", "request_id", "diagnostic_count", "deployed")
    BUNDLE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTIC_COUNT_FIELD_NUMBER: _ClassVar[int]
    DEPLOYED_FIELD_NUMBER: _ClassVar[int]
    bundle_digest: str
    agent: str
    model: str
    session_id: str
    diagnostics: _containers.RepeatedCompositeFieldContainer[_manifest_pb2.Diagnostic]
    request_id: str
    diagnostic_count: int
    deployed: str
    def __init__(self, bundle_digest: _Optional[str] = ..., agent: _Optional[str] = ..., model: _Optional[str] = ..., session_id: _Optional[str] = ..., diagnostics: _Optional[_Iterable[_Union[_manifest_pb2.Diagnostic, _Mapping]]] = ..., request_id: _Optional[str] = ..., diagnostic_count: _Optional[int] = ..., deployed: _Optional[str] = ...) -> None: ...

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
    input: _message_pb2.JsonValue
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., input: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class ToolInputError(_message.Message):
    __slots__ = ("tool_call_id", "tool_name", "input_text", "error_text", "truncated", "size_bytes")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    INPUT_TEXT_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    tool_name: str
    input_text: str
    error_text: str
    truncated: bool
    size_bytes: int
    def __init__(self, tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., input_text: _Optional[str] = ..., error_text: _Optional[str] = ..., truncated: _Optional[bool] = ..., size_bytes: _Optional[int] = ...) -> None: ...

class ToolOutputAvailable(_message.Message):
    __slots__ = ("tool_call_id", "output")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    output: _message_pb2.JsonValue
    def __init__(self, tool_call_id: _Optional[str] = ..., output: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class ToolOutputError(_message.Message):
    __slots__ = ("tool_call_id", "error_text", "kind", "name", "stack")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STACK_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    error_text: str
    kind: ToolFailureKind
    name: str
    stack: str
    def __init__(self, tool_call_id: _Optional[str] = ..., error_text: _Optional[str] = ..., kind: _Optional[_Union[ToolFailureKind, str]] = ..., name: _Optional[str] = ..., stack: _Optional[str] = ...) -> None: ...

class ToolOutputDenied(_message.Message):
    __slots__ = ("tool_call_id", "reason")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    reason: str
    def __init__(self, tool_call_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class TokenUsage(_message.Message):
    __slots__ = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_tokens", "source", "cache_write_input_tokens", "cost_nano_usd")
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    CACHED_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    REASONING_TOKENS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    CACHE_WRITE_INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_NANO_USD_FIELD_NUMBER: _ClassVar[int]
    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    reasoning_tokens: int
    source: UsageSource
    cache_write_input_tokens: int
    cost_nano_usd: int
    def __init__(self, input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cached_input_tokens: _Optional[int] = ..., reasoning_tokens: _Optional[int] = ..., source: _Optional[_Union[UsageSource, str]] = ..., cache_write_input_tokens: _Optional[int] = ..., cost_nano_usd: _Optional[int] = ...) -> None: ...

class ModelUsage(_message.Message):
    __slots__ = ("model", "usage")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    model: str
    usage: TokenUsage
    def __init__(self, model: _Optional[str] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ...) -> None: ...

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

class RunEnded(_message.Message):
    __slots__ = ("state", "effects", "finish", "abort", "error")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    FINISH_FIELD_NUMBER: _ClassVar[int]
    ABORT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    state: RunState
    effects: Effects
    finish: Finish
    abort: Abort
    error: _status_pb2.Status
    def __init__(self, state: _Optional[_Union[RunState, str]] = ..., effects: _Optional[_Union[Effects, _Mapping]] = ..., finish: _Optional[_Union[Finish, _Mapping]] = ..., abort: _Optional[_Union[Abort, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class Finish(_message.Message):
    __slots__ = ("finish_reason", "output", "budget")
    FINISH_REASON_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    BUDGET_FIELD_NUMBER: _ClassVar[int]
    finish_reason: FinishReason
    output: _message_pb2.JsonValue
    budget: BudgetReached
    def __init__(self, finish_reason: _Optional[_Union[FinishReason, str]] = ..., output: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., budget: _Optional[_Union[BudgetReached, _Mapping]] = ...) -> None: ...

class BudgetReached(_message.Message):
    __slots__ = ("kind", "limit", "used", "text")
    KIND_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    USED_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    kind: BudgetKind
    limit: int
    used: int
    text: str
    def __init__(self, kind: _Optional[_Union[BudgetKind, str]] = ..., limit: _Optional[int] = ..., used: _Optional[int] = ..., text: _Optional[str] = ...) -> None: ...

class Effects(_message.Message):
    __slots__ = ("steps", "usage", "models", "tool_calls", "tool_call_count", "session_saved")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALLS_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    SESSION_SAVED_FIELD_NUMBER: _ClassVar[int]
    steps: int
    usage: TokenUsage
    models: _containers.RepeatedCompositeFieldContainer[ModelUsage]
    tool_calls: _containers.RepeatedCompositeFieldContainer[ToolEffect]
    tool_call_count: int
    session_saved: bool
    def __init__(self, steps: _Optional[int] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., models: _Optional[_Iterable[_Union[ModelUsage, _Mapping]]] = ..., tool_calls: _Optional[_Iterable[_Union[ToolEffect, _Mapping]]] = ..., tool_call_count: _Optional[int] = ..., session_saved: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("cause", "reason")
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    cause: AbortCause
    reason: str
    def __init__(self, cause: _Optional[_Union[AbortCause, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class StepRestarted(_message.Message):
    __slots__ = ("step", "part_ids", "tool_call_ids")
    STEP_FIELD_NUMBER: _ClassVar[int]
    PART_IDS_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_IDS_FIELD_NUMBER: _ClassVar[int]
    step: int
    part_ids: _containers.RepeatedScalarFieldContainer[str]
    tool_call_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, step: _Optional[int] = ..., part_ids: _Optional[_Iterable[str]] = ..., tool_call_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class InputRequired(_message.Message):
    __slots__ = ("input_id", "kind", "tool_call_id", "tool_name", "input", "expire_time", "reason", "input_schema")
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_NAME_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    input_id: str
    kind: InputKind
    tool_call_id: str
    tool_name: str
    input: _message_pb2.JsonValue
    expire_time: _timestamp_pb2.Timestamp
    reason: str
    input_schema: _message_pb2.JsonValue
    def __init__(self, input_id: _Optional[str] = ..., kind: _Optional[_Union[InputKind, str]] = ..., tool_call_id: _Optional[str] = ..., tool_name: _Optional[str] = ..., input: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., input_schema: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class InputAnswered(_message.Message):
    __slots__ = ("input_id", "outcome")
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    input_id: str
    outcome: InputOutcome
    def __init__(self, input_id: _Optional[str] = ..., outcome: _Optional[_Union[InputOutcome, str]] = ...) -> None: ...

class RunResumed(_message.Message):
    __slots__ = ("cause",)
    CAUSE_FIELD_NUMBER: _ClassVar[int]
    cause: ResumeCause
    def __init__(self, cause: _Optional[_Union[ResumeCause, str]] = ...) -> None: ...

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
    reason: _errors_pb2.ErrorReason
    error_text: str
    def __init__(self, step: _Optional[int] = ..., model: _Optional[str] = ..., next_model: _Optional[str] = ..., attempt: _Optional[int] = ..., wait: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., reason: _Optional[_Union[_errors_pb2.ErrorReason, str]] = ..., error_text: _Optional[str] = ...) -> None: ...

class ModelWarning(_message.Message):
    __slots__ = ("step", "model", "setting", "text")
    STEP_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SETTING_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    step: int
    model: str
    setting: str
    text: str
    def __init__(self, step: _Optional[int] = ..., model: _Optional[str] = ..., setting: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class AgentChanged(_message.Message):
    __slots__ = ("agent", "model", "previous_agent", "tool_call_id")
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    agent: str
    model: str
    previous_agent: str
    tool_call_id: str
    def __init__(self, agent: _Optional[str] = ..., model: _Optional[str] = ..., previous_agent: _Optional[str] = ..., tool_call_id: _Optional[str] = ...) -> None: ...

class ScopeStarted(_message.Message):
    __slots__ = ("scope_id", "parent_scope_id", "tool_call_id", "agent", "model")
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    scope_id: str
    parent_scope_id: str
    tool_call_id: str
    agent: str
    model: str
    def __init__(self, scope_id: _Optional[str] = ..., parent_scope_id: _Optional[str] = ..., tool_call_id: _Optional[str] = ..., agent: _Optional[str] = ..., model: _Optional[str] = ...) -> None: ...

class ScopeEnded(_message.Message):
    __slots__ = ("scope_id", "effects", "error_text")
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    scope_id: str
    effects: Effects
    error_text: str
    def __init__(self, scope_id: _Optional[str] = ..., effects: _Optional[_Union[Effects, _Mapping]] = ..., error_text: _Optional[str] = ...) -> None: ...

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
    level: ConsoleLevel
    text: str
    def __init__(self, tool_call_id: _Optional[str] = ..., level: _Optional[_Union[ConsoleLevel, str]] = ..., text: _Optional[str] = ...) -> None: ...

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

class ToolModelQuery(_message.Message):
    __slots__ = ("tool_call_id", "model", "usage", "wall_time", "error_text")
    TOOL_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    WALL_TIME_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    tool_call_id: str
    model: str
    usage: TokenUsage
    wall_time: _duration_pb2.Duration
    error_text: str
    def __init__(self, tool_call_id: _Optional[str] = ..., model: _Optional[str] = ..., usage: _Optional[_Union[TokenUsage, _Mapping]] = ..., wall_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., error_text: _Optional[str] = ...) -> None: ...

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
