"""Requests as validated domain objects; errors name every invalid field."""

from __future__ import annotations

import re
from collections.abc import Mapping

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.conversation import SessionPolicy
from services.executor.domain import (
    BundleSource,
    DigestBundle,
    InlineBundle,
    JsonObject,
    RunRequest,
    UrlBundle,
)
from services.executor.egress.rules import BadRuleError, parse_rule
from services.executor.wire.content import from_content
from services.executor.wire.json_values import from_struct
from services.executor.wire.limits import from_limits
from services.executor.wire.request_checker import RequestChecker

MAX_ID_BYTES = 128
MAX_MODEL_BYTES = 256
MAX_URL_BYTES = 8 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_CONTEXT_BYTES = 256 * 1024
MAX_FETCH_RULES = 100
MAX_FALLBACK_MODELS = 8
MAX_SCHEMA_BYTES = 256 * 1024
POLICIES = {
    pb.SESSION_POLICY_UNSPECIFIED: SessionPolicy.REJECT,
    pb.SESSION_POLICY_REJECT: SessionPolicy.REJECT,
    pb.SESSION_POLICY_QUEUE: SessionPolicy.QUEUE,
    pb.SESSION_POLICY_INTERRUPT: SessionPolicy.INTERRUPT,
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def from_execute_request(
    request: pb.ExecuteAgentRequest, structs: Mapping[str, JsonObject] | None = None
) -> RunRequest:
    """Return the requested run.

    Args:
        request: the message.
        structs: its JSON by field, if that was cut out.

    Raises:
        RequestError: fields are missing, too long or out of range; the violations name them all.
    """
    check = RequestChecker()
    source = _source(request.bundle, check)
    if not request.message.strip() and not request.content:
        check.wrong("message", "It is empty. Say what the agent should do.")
    check.size("message", len(request.message.encode()), MAX_MESSAGE_BYTES)
    for field in ("agent", "session_id", "resource_id"):
        check.size(field, len(getattr(request, field).encode()), MAX_ID_BYTES)
    check.size("model", len(request.model.encode()), MAX_MODEL_BYTES)
    check.size("output_schema", request.output_schema.ByteSize(), MAX_SCHEMA_BYTES)
    parts = from_content(request.content, check)
    fallback_models = _fallback_models(request, check)
    policy = POLICIES.get(request.session_policy)
    if policy is None:
        check.wrong("session_policy", "It must be REJECT, QUEUE or INTERRUPT.")
    check.size("request_context", request.request_context.ByteSize(), MAX_CONTEXT_BYTES)
    limits = from_limits(request.limits, check)
    allow_fetch = _allow_fetch(request, check)
    check.finish()
    return RunRequest(
        bundle=source,
        message=request.message,
        parts=parts,
        agent=request.agent,
        session_id=request.session_id,
        resource_id=request.resource_id,
        request_context=_struct(request, "request_context", structs) or {},
        session_policy=policy or SessionPolicy.REJECT,
        model=request.model,
        fallback_models=fallback_models,
        output_schema=_struct(request, "output_schema", structs),
        limits=limits,
        allow_fetch=allow_fetch,
    )


def from_inspect_request(request: pb.InspectBundleRequest) -> BundleSource:
    """Return the requested bundle; raises RequestError as above."""
    check = RequestChecker()
    source = _source(request.bundle, check)
    check.finish()
    return source


def _fallback_models(request: pb.ExecuteAgentRequest, check: RequestChecker) -> tuple[str, ...]:
    models = tuple(request.fallback_models)
    if len(models) > MAX_FALLBACK_MODELS:
        check.wrong("fallback_models", f"It has {len(models)}; the limit is {MAX_FALLBACK_MODELS}.")
        return ()
    for at, model in enumerate(models):
        field = f"fallback_models[{at}]"
        check.size(field, len(model.encode()), MAX_MODEL_BYTES)
        if not model:
            check.wrong(field, "It is empty.")
    return models


def _struct(
    request: pb.ExecuteAgentRequest, field: str, structs: Mapping[str, JsonObject] | None
) -> JsonObject | None:
    if structs is not None:
        return structs.get(field)
    return from_struct(getattr(request, field)) if request.HasField(field) else None


def _allow_fetch(request: pb.ExecuteAgentRequest, check: RequestChecker) -> tuple[str, ...] | None:
    if not request.HasField("egress"):
        return None
    rules = tuple(request.egress.allow_fetch)
    if len(rules) > MAX_FETCH_RULES:
        check.wrong(
            "egress.allow_fetch", f"It has {len(rules)} rules; the limit is {MAX_FETCH_RULES}."
        )
        return None
    for at, rule in enumerate(rules):
        try:
            parse_rule(rule)
        except BadRuleError as error:
            check.wrong(f"egress.allow_fetch[{at}]", str(error))
    return rules


def _source(bundle: pb.BundleSource, check: RequestChecker) -> BundleSource:
    kind = bundle.WhichOneof("source")
    if kind == "inline":
        return InlineBundle(bundle.inline)
    if kind == "url":
        check.size("bundle.url", len(bundle.url.encode()), MAX_URL_BYTES)
        return UrlBundle(bundle.url)
    if kind == "digest":
        if not DIGEST.fullmatch(bundle.digest):
            check.wrong(
                "bundle.digest", 'It must be "sha256:" and 64 hexadecimal digits (0-9, a-f).'
            )
        return DigestBundle(bundle.digest)
    check.wrong("bundle", "It is missing. Set one of `inline`, `url` and `digest`.")
    return InlineBundle(b"")
