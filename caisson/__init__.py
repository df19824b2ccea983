"""The messages and stubs of Caisson's gRPC services, generated from their protos.

``caisson.executor.v1`` is for backends that run agents, ``caisson.toolrunner.v1`` for those who
call tools themselves. ``caisson.toolrunner.worker`` is private to the services.
"""

# A status carries these messages; without their descriptors, an event with one has no JSON form.
from google.rpc import error_details_pb2 as error_details_pb2
