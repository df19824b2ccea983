"""The request for a run."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf.duration_pb2 import Duration

from caisson.executor.v1 import executor_service_pb2, message_pb2
from caisson.executor.v1 import run_pb2 as pb
from services.cli.domain import Attachment, RunLimits, RunRequest

NANO = 1_000_000_000
SESSION_POLICIES = {
    "reject": pb.SESSION_POLICY_REJECT,
    "queue": pb.SESSION_POLICY_QUEUE,
    "interrupt": pb.SESSION_POLICY_INTERRUPT,
}


def run_request(request: RunRequest) -> executor_service_pb2.ExecuteAgentRequest:
    """Return the request for a run that is watched."""
    return executor_service_pb2.ExecuteAgentRequest(spec=_spec(request))


def detached_request(request: RunRequest, request_id: str) -> executor_service_pb2.CreateRunRequest:
    """Return the request for a run that goes on by itself; sent again, it joins the same run."""
    return executor_service_pb2.CreateRunRequest(spec=_spec(request), request_id=request_id)


def _spec(request: RunRequest) -> pb.RunSpec:
    egress = None
    if request.allow_fetch is not None:
        egress = pb.Egress(allow_fetch=request.allow_fetch)
    spec = pb.RunSpec(
        egress=egress,
        bundle=None if request.deployed else _bundle(request),
        deployed=request.deployed or None,
        agent=request.agent,
        agent_arguments=_json(request.agent_arguments),
        session_id=request.session_id,
        resource_id=request.resource_id,
        model=request.model,
        fallback_models=request.fallbacks,
        session_policy=SESSION_POLICIES[request.on_busy],
        output_schema=_json(request.output_schema),
        request_context=_json(request.context),
        limits=to_limits(request.limits),
        env=request.env,
        allow_models=request.allow_models or None,
    )
    if request.attachments:
        parts = [message_pb2.Part(text=request.message), *map(_part, request.attachments)]
        said = message_pb2.Message(role=message_pb2.ROLE_USER, parts=parts)
        spec.messages.messages.append(said)
    else:
        spec.message = request.message
    return spec


def _bundle(request: RunRequest) -> pb.BundleSource:
    if request.bundle is None:
        return pb.BundleSource(url=request.bundle_url)
    return pb.BundleSource(inline=request.bundle)


def _part(attachment: Attachment) -> message_pb2.Part:
    media = message_pb2.Media(
        data=attachment.data,
        url=attachment.url or None,
        media_type=attachment.media_type,
        filename=attachment.filename,
    )
    if attachment.is_image:
        return message_pb2.Part(image=media)
    return message_pb2.Part(file=media)


def _json(document: dict[str, Any] | list[Any] | None) -> message_pb2.JsonValue | None:
    return None if document is None else message_pb2.JsonValue(json_text=json.dumps(document))


def to_limits(limits: RunLimits) -> pb.RunLimits:
    """Return the limits of a run."""
    timeout, cost = None, limits.max_cost_usd
    if limits.timeout_s is not None:
        timeout = Duration()
        timeout.FromMicroseconds(int(limits.timeout_s * 1e6))
    return pb.RunLimits(
        max_steps=limits.max_steps,
        timeout=timeout,
        max_tool_calls=limits.max_tool_calls,
        max_output_tokens=limits.max_output_tokens,
        max_cost_nano_usd=None if cost is None else max(1, round(cost * NANO)),
    )
