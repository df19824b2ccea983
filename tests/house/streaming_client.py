"""A client as a backend would write it, with only Caisson's stubs, which prints each event.

Run as ``python streaming_client.py ADDRESS BUNDLE MESSAGE`` in a project that has a package
``services`` of its own.
"""

import sys
from pathlib import Path

import grpc
from google.protobuf import json_format

import services
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec

address, bundle, message = sys.argv[1:]
print(services.__file__)
with grpc.insecure_channel(address) as channel:
    spec = RunSpec(
        bundle=BundleSource(inline=Path(bundle).read_bytes()),
        message=message,
        model="openai/offline",
    )
    request = pb.ExecuteAgentRequest(spec=spec)
    for response in ExecutorServiceStub(channel).ExecuteAgent(request):
        if response.HasField("event"):
            print(json_format.MessageToJson(response.event, indent=None))
