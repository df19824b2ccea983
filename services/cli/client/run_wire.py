"""The request for a run."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.protobuf.struct_pb2 import Struct

from caisson.executor.v1 import content_pb2, executor_service_pb2
from services.cli.domain import Attachment, RunLimits, RunRequest

SESSION_POLICIES = {
    "reject": executor_service_pb2.SESSION_POLICY_REJECT,
    "queue": executor_service_pb2.SESSION_POLICY_QUEUE,
    "interrupt": executor_service_pb2.SESSION_POLICY_INTERRUPT,
}


def run_request(request: RunRequest) -> executor_service_pb2.ExecuteAgentRequest:
    """Return the message that asks for a run."""
    bundle = (
        executor_service_pb2.BundleSource(url=request.bundle_url)
        if request.bundle is None
        else executor_service_pb2.BundleSource(inline=request.bundle)
    )
    egress = None
    if request.allow_fetch is not None:
        egress = executor_service_pb2.Egress(allow_fetch=request.allow_fetch)
    return executor_service_pb2.ExecuteAgentRequest(
        egress=egress,
        bundle=bundle,
        agent=request.agent,
        message=request.message,
        session_id=request.session_id,
        resource_id=request.resource_id,
        model=request.model,
        fallback_models=request.fallbacks,
        session_policy=SESSION_POLICIES[request.on_busy],
        content=[_content(attachment) for attachment in request.attachments],
        output_schema=_struct(request.output_schema),
        request_context=_struct(request.context),
        limits=_limits(request.limits),
    )


def _content(attachment: Attachment) -> content_pb2.ContentPart:
    media = content_pb2.Media(
        data=attachment.data,
        url=attachment.url or None,
        media_type=attachment.media_type,
        filename=attachment.filename,
    )
    if attachment.is_image:
        return content_pb2.ContentPart(image=media)
    return content_pb2.ContentPart(file=media)


def _struct(document: dict[str, Any] | None) -> Struct | None:
    return None if document is None else json_format.ParseDict(document, Struct())


def _limits(limits: RunLimits) -> executor_service_pb2.RunLimits:
    timeout = None
    if limits.timeout_s is not None:
        timeout = Duration()
        timeout.FromMicroseconds(int(limits.timeout_s * 1e6))
    return executor_service_pb2.RunLimits(
        max_steps=limits.max_steps,
        timeout=timeout,
        max_tool_calls=limits.max_tool_calls,
        max_output_tokens=limits.max_output_tokens,
        max_cost_usd=limits.max_cost_usd,
    )
