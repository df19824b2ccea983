from caisson.toolrunner.v1 import tool_runner_service_pb2 as _tool_runner_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecordedCall(_message.Message):
    __slots__ = ("call_id", "agent", "tool", "left_out", "input_json", "context_json", "messages_json", "approved", "program_digest", "format", "part", "env", "capabilities", "limits", "trace", "load", "exchanges", "console", "output_json", "output_digest", "failure", "model_output_json", "fuel", "bodies")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CALL_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_JSON_FIELD_NUMBER: _ClassVar[int]
    MESSAGES_JSON_FIELD_NUMBER: _ClassVar[int]
    APPROVED_FIELD_NUMBER: _ClassVar[int]
    PROGRAM_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    CAPABILITIES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    EXCHANGES_FIELD_NUMBER: _ClassVar[int]
    CONSOLE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    MODEL_OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    FUEL_FIELD_NUMBER: _ClassVar[int]
    BODIES_FIELD_NUMBER: _ClassVar[int]
    call_id: str
    agent: str
    tool: str
    left_out: str
    input_json: str
    context_json: str
    messages_json: str
    approved: bool
    program_digest: str
    format: _tool_runner_service_pb2.ProgramFormat
    part: bool
    env: _containers.ScalarMap[str, str]
    capabilities: _containers.RepeatedScalarFieldContainer[str]
    limits: _tool_runner_service_pb2.Limits
    trace: _tool_runner_service_pb2.CallTrace
    load: _containers.RepeatedCompositeFieldContainer[RecordedExchange]
    exchanges: _containers.RepeatedCompositeFieldContainer[RecordedExchange]
    console: _containers.RepeatedCompositeFieldContainer[RecordedLine]
    output_json: str
    output_digest: bytes
    failure: _tool_runner_service_pb2.ToolFailure
    model_output_json: str
    fuel: int
    bodies: bool
    def __init__(self, call_id: _Optional[str] = ..., agent: _Optional[str] = ..., tool: _Optional[str] = ..., left_out: _Optional[str] = ..., input_json: _Optional[str] = ..., context_json: _Optional[str] = ..., messages_json: _Optional[str] = ..., approved: _Optional[bool] = ..., program_digest: _Optional[str] = ..., format: _Optional[_Union[_tool_runner_service_pb2.ProgramFormat, str]] = ..., part: _Optional[bool] = ..., env: _Optional[_Mapping[str, str]] = ..., capabilities: _Optional[_Iterable[str]] = ..., limits: _Optional[_Union[_tool_runner_service_pb2.Limits, _Mapping]] = ..., trace: _Optional[_Union[_tool_runner_service_pb2.CallTrace, _Mapping]] = ..., load: _Optional[_Iterable[_Union[RecordedExchange, _Mapping]]] = ..., exchanges: _Optional[_Iterable[_Union[RecordedExchange, _Mapping]]] = ..., console: _Optional[_Iterable[_Union[RecordedLine, _Mapping]]] = ..., output_json: _Optional[str] = ..., output_digest: _Optional[bytes] = ..., failure: _Optional[_Union[_tool_runner_service_pb2.ToolFailure, _Mapping]] = ..., model_output_json: _Optional[str] = ..., fuel: _Optional[int] = ..., bodies: _Optional[bool] = ...) -> None: ...

class RecordedExchange(_message.Message):
    __slots__ = ("host_call_id", "capability", "input_json", "input_digest", "output_json", "output_digest", "failure")
    HOST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    CAPABILITY_FIELD_NUMBER: _ClassVar[int]
    INPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    INPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_JSON_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_DIGEST_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    host_call_id: int
    capability: str
    input_json: str
    input_digest: bytes
    output_json: str
    output_digest: bytes
    failure: _tool_runner_service_pb2.ToolFailure
    def __init__(self, host_call_id: _Optional[int] = ..., capability: _Optional[str] = ..., input_json: _Optional[str] = ..., input_digest: _Optional[bytes] = ..., output_json: _Optional[str] = ..., output_digest: _Optional[bytes] = ..., failure: _Optional[_Union[_tool_runner_service_pb2.ToolFailure, _Mapping]] = ...) -> None: ...

class RecordedLine(_message.Message):
    __slots__ = ("level", "text")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    level: str
    text: str
    def __init__(self, level: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...
