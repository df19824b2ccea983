"""Requests with JSON values as messages whose JSON values are left as bytes.

Parsing a ``google.protobuf.Value`` of 256 KiB costs protobuf a tenth of a second, in which it
blocks everything else, and megabytes. On the wire a message and bytes look the same, so requests
are parsed with the same descriptors, except that ``JsonValue.value`` is bytes.
"""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from caisson.executor.v1 import executor_service_pb2, message_pb2
from caisson.executor.v1beta1 import agent_service_pb2


def _unparsed(name: str) -> Any:
    """Return the class of a message whose JSON values are bytes."""
    pool = descriptor_pool.DescriptorPool()
    added: set[str] = set()

    def add(file: Any) -> None:
        if file.name in added:
            return
        added.add(file.name)
        for each in file.dependencies:
            add(each)
        copy = descriptor_pb2.FileDescriptorProto()
        file.CopyToProto(copy)
        if file.name == message_pb2.DESCRIPTOR.name:
            kind = next(each for each in copy.message_type if each.name == "JsonValue")
            field = next(each for each in kind.field if each.name == "value")
            field.type = field.TYPE_BYTES
            field.ClearField("type_name")
        pool.Add(copy)

    add(executor_service_pb2.DESCRIPTOR)
    add(agent_service_pb2.DESCRIPTOR)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


ExecuteRequest: Final[Any] = _unparsed("caisson.executor.v1.ExecuteAgentRequest")
CreateRequest: Final[Any] = _unparsed("caisson.executor.v1.CreateRunRequest")
RecordedSpec: Final[Any] = _unparsed("caisson.executor.v1.RunSpec")
UnparsedInspectRequest: Final[Any] = _unparsed("caisson.executor.v1.InspectBundleRequest")
UnparsedAnswerRequest: Final[Any] = _unparsed("caisson.executor.v1.AnswerInputRequest")
DeployRequest: Final[Any] = _unparsed("caisson.executor.v1beta1.DeployBundleRequest")
RecordedReach: Final[Any] = _unparsed("caisson.executor.v1beta1.Reach")
UnparsedInputRequired: Final[Any] = _unparsed("caisson.executor.v1.InputRequired")
