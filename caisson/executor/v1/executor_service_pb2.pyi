import datetime

from caisson.executor.v1 import manifest_pb2 as _manifest_pb2
from caisson.executor.v1 import message_pb2 as _message_pb2
from caisson.executor.v1 import run_pb2 as _run_pb2
from caisson.executor.v1 import run_event_pb2 as _run_event_pb2
from google.protobuf import duration_pb2 as _duration_pb2
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
