"""Requests as domain objects, checked: every field that is wrong is named."""

from __future__ import annotations

import re

from google.protobuf.duration_pb2 import Duration

from services.executor.domain import BundleSource, DigestBundle, InlineBundle, RunRequest, UrlBundle
from services.executor.egress.rules import BadRuleError, parse_rule
from services.executor.errors import FieldViolation, RequestError
from services.executor.limits import RunLimits, ToolCallLimits
from services.executor.wire.json_values import from_struct
from services.gen.caisson.executor.v1 import executor_service_pb2 as pb

MAX_ID_BYTES = 128
MAX_MODEL_BYTES = 256
MAX_URL_BYTES = 8 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_CONTEXT_BYTES = 256 * 1024
MAX_FETCH_RULES = 100
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class _Checker:
    """Collects what is wrong with a request."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def wrong(self, field: str, description: str) -> None:
        self.violations.append(FieldViolation(field, description))

    def size(self, field: str, size: int, limit: int) -> None:
        if size > limit:
            self.wrong(field, f"It has {size} bytes; at most {limit} are allowed.")

    def finish(self) -> None:
        """Raise what was found, all of it in one error."""
        if self.violations:
            texts = [f"`{item.field}`: {item.description}" for item in self.violations]
            message = "The request is not valid. " + " ".join(texts)
            raise RequestError(message, violations=tuple(self.violations))


def from_execute_request(request: pb.ExecuteAgentRequest) -> RunRequest:
    """Return the run that is asked for.

    Raises:
        RequestError: fields are missing, too long or out of range; its violations name them all.
    """
    check = _Checker()
    source = _source(request.bundle, check)
    if not request.message.strip():
        check.wrong("message", "It is empty. Say what the agent is to do.")
    check.size("message", len(request.message.encode()), MAX_MESSAGE_BYTES)
    for field in ("agent", "session_id", "resource_id"):
        check.size(field, len(getattr(request, field).encode()), MAX_ID_BYTES)
    check.size("model", len(request.model.encode()), MAX_MODEL_BYTES)
    check.size("request_context", request.request_context.ByteSize(), MAX_CONTEXT_BYTES)
    limits = _limits(request.limits, check)
    allow_fetch = _allow_fetch(request, check)
    check.finish()
    return RunRequest(
        bundle=source,
        message=request.message,
        agent=request.agent,
        session_id=request.session_id,
        resource_id=request.resource_id,
        request_context=from_struct(request.request_context),
        model=request.model,
        limits=limits,
        allow_fetch=allow_fetch,
    )


def from_inspect_request(request: pb.InspectBundleRequest) -> BundleSource:
    """Return the bundle that is asked for; raises RequestError as above."""
    check = _Checker()
    source = _source(request.bundle, check)
    check.finish()
    return source


def _allow_fetch(request: pb.ExecuteAgentRequest, check: _Checker) -> tuple[str, ...] | None:
    if not request.HasField("egress"):
        return None
    rules = tuple(request.egress.allow_fetch)
    if len(rules) > MAX_FETCH_RULES:
        check.wrong("egress.allow_fetch", f"It has {len(rules)} rules; {MAX_FETCH_RULES} may be.")
        return None
    for at, rule in enumerate(rules):
        try:
            parse_rule(rule)
        except BadRuleError as error:
            check.wrong(f"egress.allow_fetch[{at}]", str(error))
    return rules


def _source(bundle: pb.BundleSource, check: _Checker) -> BundleSource:
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


def _limits(limits: pb.RunLimits, check: _Checker) -> RunLimits:
    def positive(field: str) -> int | None:
        if not limits.HasField(field):
            return None
        value: int = getattr(limits, field)
        if value == 0:
            check.wrong(f"limits.{field}", "It must be at least 1; leave it out for the default.")
        return value

    def count(field: str) -> int | None:
        return getattr(limits, field) if limits.HasField(field) else None

    def seconds(field: str) -> float | None:
        if not limits.HasField(field):
            return None
        duration: Duration = getattr(limits, field)
        value = duration.seconds + duration.nanos / 1e9
        if value <= 0:
            check.wrong(
                f"limits.{field}", "It must be more than 0 s; leave it out for the default."
            )
        return value

    return RunLimits(
        max_steps=positive("max_steps"),
        timeout_s=seconds("timeout"),
        tool=ToolCallLimits(
            timeout_s=seconds("tool_timeout"),
            fuel=positive("tool_fuel"),
            memory_bytes=positive("tool_memory_bytes"),
            output_bytes=positive("tool_output_bytes"),
            console_bytes=count("tool_console_bytes"),
            heap_bytes=positive("tool_heap_bytes"),
            stack_bytes=positive("tool_stack_bytes"),
            host_wait_s=seconds("tool_host_wait"),
            host_calls=count("tool_host_calls"),
            host_calls_in_flight=count("tool_host_calls_in_flight"),
            timers=count("tool_timers"),
        ),
    )
