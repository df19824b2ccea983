from google.protobuf import struct_pb2 as _struct_pb2
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
SCHEMA_SOURCE_UNSPECIFIED: SchemaSource
SCHEMA_SOURCE_STATIC: SchemaSource
SCHEMA_SOURCE_SANDBOX: SchemaSource
SEVERITY_UNSPECIFIED: Severity
SEVERITY_INFO: Severity
SEVERITY_WARNING: Severity
SEVERITY_ERROR: Severity

class Manifest(_message.Message):
    __slots__ = ("digest", "format", "agents", "metadata", "diagnostics")
    class AgentsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Agent
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Agent, _Mapping]] = ...) -> None: ...
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    AGENTS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    digest: str
    format: BundleFormat
    agents: _containers.MessageMap[str, Agent]
    metadata: _struct_pb2.Struct
    diagnostics: _containers.RepeatedCompositeFieldContainer[Diagnostic]
    def __init__(self, digest: _Optional[str] = ..., format: _Optional[_Union[BundleFormat, str]] = ..., agents: _Optional[_Mapping[str, Agent]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., diagnostics: _Optional[_Iterable[_Union[Diagnostic, _Mapping]]] = ...) -> None: ...

class Agent(_message.Message):
    __slots__ = ("name", "system", "model", "tools", "description", "settings", "max_steps")
    class ToolsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: Tool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[Tool, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    SYSTEM_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TOOLS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    MAX_STEPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    system: str
    model: str
    tools: _containers.MessageMap[str, Tool]
    description: str
    settings: _struct_pb2.Struct
    max_steps: int
    def __init__(self, name: _Optional[str] = ..., system: _Optional[str] = ..., model: _Optional[str] = ..., tools: _Optional[_Mapping[str, Tool]] = ..., description: _Optional[str] = ..., settings: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., max_steps: _Optional[int] = ...) -> None: ...

class Tool(_message.Message):
    __slots__ = ("description", "input_schema", "schema_source", "disabled")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    INPUT_SCHEMA_FIELD_NUMBER: _ClassVar[int]
    SCHEMA_SOURCE_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    description: str
    input_schema: _struct_pb2.Struct
    schema_source: SchemaSource
    disabled: bool
    def __init__(self, description: _Optional[str] = ..., input_schema: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., schema_source: _Optional[_Union[SchemaSource, str]] = ..., disabled: _Optional[bool] = ...) -> None: ...

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
