import datetime

from caisson.executor.v1 import manifest_pb2 as _manifest_pb2
from caisson.executor.v1 import message_pb2 as _message_pb2
from caisson.executor.v1 import recorded_call_pb2 as _recorded_call_pb2
from caisson.executor.v1 import run_pb2 as _run_pb2
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

class OnDisconnect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ON_DISCONNECT_UNSPECIFIED: _ClassVar[OnDisconnect]
    ON_DISCONNECT_CANCEL: _ClassVar[OnDisconnect]
    ON_DISCONNECT_CONTINUE: _ClassVar[OnDisconnect]
ON_DISCONNECT_UNSPECIFIED: OnDisconnect
ON_DISCONNECT_CANCEL: OnDisconnect
ON_DISCONNECT_CONTINUE: OnDisconnect

class ExecuteAgentRequest(_message.Message):
    __slots__ = ("spec", "request_id", "on_disconnect")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    ON_DISCONNECT_FIELD_NUMBER: _ClassVar[int]
    spec: _run_pb2.RunSpec
    request_id: str
    on_disconnect: OnDisconnect
    def __init__(self, spec: _Optional[_Union[_run_pb2.RunSpec, _Mapping]] = ..., request_id: _Optional[str] = ..., on_disconnect: _Optional[_Union[OnDisconnect, str]] = ...) -> None: ...

class ExecuteAgentResponse(_message.Message):
    __slots__ = ("event", "heartbeat")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    event: _run_event_pb2.RunEvent
    heartbeat: _run_event_pb2.Heartbeat
    def __init__(self, event: _Optional[_Union[_run_event_pb2.RunEvent, _Mapping]] = ..., heartbeat: _Optional[_Union[_run_event_pb2.Heartbeat, _Mapping]] = ...) -> None: ...

class CreateRunRequest(_message.Message):
    __slots__ = ("spec", "request_id")
    SPEC_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    spec: _run_pb2.RunSpec
    request_id: str
    def __init__(self, spec: _Optional[_Union[_run_pb2.RunSpec, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class SubscribeRunRequest(_message.Message):
    __slots__ = ("run_id", "after_sequence")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    after_sequence: int
    def __init__(self, run_id: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class SubscribeRunResponse(_message.Message):
    __slots__ = ("event", "heartbeat")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    event: _run_event_pb2.RunEvent
    heartbeat: _run_event_pb2.Heartbeat
    def __init__(self, event: _Optional[_Union[_run_event_pb2.RunEvent, _Mapping]] = ..., heartbeat: _Optional[_Union[_run_event_pb2.Heartbeat, _Mapping]] = ...) -> None: ...

class GetRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class ListRunsRequest(_message.Message):
    __slots__ = ("session_id", "resource_id", "states", "create_time_from", "create_time_before", "page_size", "page_token")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_BEFORE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    resource_id: str
    states: _containers.RepeatedScalarFieldContainer[_run_event_pb2.RunState]
    create_time_from: _timestamp_pb2.Timestamp
    create_time_before: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, session_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_run_event_pb2.RunState, str]]] = ..., create_time_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRunsResponse(_message.Message):
    __slots__ = ("runs", "next_page_token")
    RUNS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[_run_pb2.Run]
    next_page_token: str
    def __init__(self, runs: _Optional[_Iterable[_Union[_run_pb2.Run, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class CancelRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class DeleteRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class DeleteRunResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ReadCallsRequest(_message.Message):
    __slots__ = ("run_id", "call_id", "with_bundle")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    WITH_BUNDLE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    call_id: str
    with_bundle: bool
    def __init__(self, run_id: _Optional[str] = ..., call_id: _Optional[str] = ..., with_bundle: _Optional[bool] = ...) -> None: ...

class ReadCallsResponse(_message.Message):
    __slots__ = ("bundle", "call")
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    CALL_FIELD_NUMBER: _ClassVar[int]
    bundle: bytes
    call: _recorded_call_pb2.RecordedCall
    def __init__(self, bundle: _Optional[bytes] = ..., call: _Optional[_Union[_recorded_call_pb2.RecordedCall, _Mapping]] = ...) -> None: ...

class ListInputsRequest(_message.Message):
    __slots__ = ("run_id", "resource_id", "page_size", "page_token")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    resource_id: str
    page_size: int
    page_token: str
    def __init__(self, run_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListInputsResponse(_message.Message):
    __slots__ = ("inputs", "next_page_token")
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    inputs: _containers.RepeatedCompositeFieldContainer[_run_pb2.Input]
    next_page_token: str
    def __init__(self, inputs: _Optional[_Iterable[_Union[_run_pb2.Input, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AnswerInputRequest(_message.Message):
    __slots__ = ("run_id", "input_id", "request_id", "approve", "deny", "result")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    APPROVE_FIELD_NUMBER: _ClassVar[int]
    DENY_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    input_id: str
    request_id: str
    approve: Approve
    deny: Deny
    result: ClientResult
    def __init__(self, run_id: _Optional[str] = ..., input_id: _Optional[str] = ..., request_id: _Optional[str] = ..., approve: _Optional[_Union[Approve, _Mapping]] = ..., deny: _Optional[_Union[Deny, _Mapping]] = ..., result: _Optional[_Union[ClientResult, _Mapping]] = ...) -> None: ...

class Approve(_message.Message):
    __slots__ = ("edited_input",)
    EDITED_INPUT_FIELD_NUMBER: _ClassVar[int]
    edited_input: _message_pb2.JsonValue
    def __init__(self, edited_input: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ...) -> None: ...

class Deny(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class ClientResult(_message.Message):
    __slots__ = ("output", "error_text")
    OUTPUT_FIELD_NUMBER: _ClassVar[int]
    ERROR_TEXT_FIELD_NUMBER: _ClassVar[int]
    output: _message_pb2.JsonValue
    error_text: str
    def __init__(self, output: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., error_text: _Optional[str] = ...) -> None: ...

class AnswerInputResponse(_message.Message):
    __slots__ = ("input",)
    INPUT_FIELD_NUMBER: _ClassVar[int]
    input: _run_pb2.Input
    def __init__(self, input: _Optional[_Union[_run_pb2.Input, _Mapping]] = ...) -> None: ...

class InspectBundleRequest(_message.Message):
    __slots__ = ("bundle", "page_size", "page_token", "resolve")
    BUNDLE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_FIELD_NUMBER: _ClassVar[int]
    bundle: _run_pb2.BundleSource
    page_size: int
    page_token: str
    resolve: ResolveAgents
    def __init__(self, bundle: _Optional[_Union[_run_pb2.BundleSource, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., resolve: _Optional[_Union[ResolveAgents, _Mapping]] = ...) -> None: ...

class ResolveAgents(_message.Message):
    __slots__ = ("request_context", "session_id", "resource_id")
    REQUEST_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    request_context: _message_pb2.JsonValue
    session_id: str
    resource_id: str
    def __init__(self, request_context: _Optional[_Union[_message_pb2.JsonValue, _Mapping]] = ..., session_id: _Optional[str] = ..., resource_id: _Optional[str] = ...) -> None: ...

class InspectBundleResponse(_message.Message):
    __slots__ = ("manifest", "next_page_token")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    manifest: _manifest_pb2.Manifest
    next_page_token: str
    def __init__(self, manifest: _Optional[_Union[_manifest_pb2.Manifest, _Mapping]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetServerInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("version", "features", "run_limits", "max_bundle_bytes", "max_request_bytes", "heartbeat_interval")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    RUN_LIMITS_FIELD_NUMBER: _ClassVar[int]
    MAX_BUNDLE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    version: str
    features: _containers.RepeatedScalarFieldContainer[str]
    run_limits: _run_pb2.RunLimits
    max_bundle_bytes: int
    max_request_bytes: int
    heartbeat_interval: _duration_pb2.Duration
    def __init__(self, version: _Optional[str] = ..., features: _Optional[_Iterable[str]] = ..., run_limits: _Optional[_Union[_run_pb2.RunLimits, _Mapping]] = ..., max_bundle_bytes: _Optional[int] = ..., max_request_bytes: _Optional[int] = ..., heartbeat_interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
