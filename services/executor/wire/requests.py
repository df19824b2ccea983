"""Requests as validated domain objects; errors name every invalid field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from services.executor.access_errors import ForbiddenError
from services.executor.agent_names import AgentRef, parse_ref
from services.executor.conversation import SessionPolicy, UserMessage
from services.executor.domain import (
    BundleSource,
    DigestBundle,
    InlineBundle,
    Json,
    JsonObject,
    UrlBundle,
)
from services.executor.egress.environment import values_problem
from services.executor.egress.rules import BadRuleError, parse_rule
from services.executor.errors import FieldViolation
from services.executor.run_request import RunRequest
from services.executor.wire.input_messages import Said, from_messages
from services.executor.wire.json_values import BadJsonError, from_json_value
from services.executor.wire.limits import from_limits
from services.executor.wire.long_requests import parsed
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.request_messages import CreateRequest, ExecuteRequest, RecordedSpec
from services.executor.wire.waiting import approvals_of, client_tools_of

MAX_ID_BYTES = 128
MAX_MODEL_BYTES = 256
MAX_URL_BYTES = 8 * 1024
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_CONTEXT_BYTES = 256 * 1024
MAX_ARGUMENTS_BYTES = 16 * 1024
MAX_FETCH_RULES = 100
MAX_FALLBACK_MODELS = 8
MAX_SCHEMA_BYTES = 256 * 1024
POLICIES = {
    run_pb2.SESSION_POLICY_UNSPECIFIED: SessionPolicy.REJECT,
    run_pb2.SESSION_POLICY_REJECT: SessionPolicy.REJECT,
    run_pb2.SESSION_POLICY_QUEUE: SessionPolicy.QUEUE,
    run_pb2.SESSION_POLICY_INTERRUPT: SessionPolicy.INTERRUPT,
}
ON_DISCONNECT = {
    pb.ON_DISCONNECT_UNSPECIFIED: False,
    pb.ON_DISCONNECT_CANCEL: False,
    pb.ON_DISCONNECT_CONTINUE: True,
}
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
REQUEST_ID = re.compile(r"[!-~]{0,128}")


@dataclass(frozen=True)
class AskedRun:
    """What is asked of a run.

    ``spec`` is the serialized ``RunSpec`` without its bundle, the same for the same fields, and
    ``continues`` whether the run goes on without its client.
    """

    request: RunRequest
    spec: bytes
    continues: bool


def from_execute_request(data: bytes) -> AskedRun:
    """Return the requested run.

    Args:
        data: the serialized ``ExecuteAgentRequest``, of any length.

    Raises:
        RequestError: fields are missing, too long or out of range; the violations name them all.
    """
    request = parsed(data, ExecuteRequest)
    check = RequestChecker()
    if request.on_disconnect not in ON_DISCONNECT:
        check.wrong("on_disconnect", "It must be CANCEL or CONTINUE.")
    continues = ON_DISCONNECT.get(request.on_disconnect, False)
    return _asked_run(request, check, continues=continues)


def from_create_request(data: bytes) -> AskedRun:
    """Return the run that a serialized ``CreateRunRequest`` asks for; raises RequestError."""
    return _asked_run(parsed(data, CreateRequest), RequestChecker(), continues=True)


def from_recorded_spec(spec: bytes, source: bytes, request_id: str, run_id: str) -> RunRequest:
    """Return the request of a recorded run, whose bundle this is.

    Raises:
        RequestError: this version does not take it.
    """
    check = RequestChecker()
    recorded = parsed(spec, RecordedSpec)
    recorded.bundle.inline = b"-"  # in place of the bundle
    request = _run_request(recorded, request_id, check)
    check.finish()
    return replace(request, bundle=InlineBundle(source), run_id=run_id)


def bound_to(asked: AskedRun, resource_id: str | None) -> AskedRun:
    """Return a run as somebody may ask for it who sees one resource alone; None sees all.

    Raises:
        ForbiddenError: it is for another resource.
    """
    if resource_id is None or asked.request.resource_id == resource_id:
        return asked
    if asked.request.resource_id:
        raise ForbiddenError(
            "This credential sees one resource alone, and the run is for another. Leave out "
            "`spec.resource_id`, or give the credential's own.",
            violations=(FieldViolation("spec.resource_id", "It must be the caller's own."),),
        )
    spec = RecordedSpec.FromString(asked.spec)
    spec.resource_id = resource_id
    request = replace(asked.request, resource_id=resource_id)
    return replace(asked, request=request, spec=spec.SerializeToString(deterministic=True))


def check_request_id(given: str, check: RequestChecker) -> None:
    """Note a problem of the id that a client gives a request."""
    if not REQUEST_ID.fullmatch(given):
        check.wrong("request_id", "It must be at most 128 printable ASCII characters, no blanks.")


def _asked_run(request: Any, check: RequestChecker, *, continues: bool) -> AskedRun:
    check_request_id(request.request_id, check)
    found = _run_request(request.spec, request.request_id, check)
    check.finish()
    request.spec.ClearField("bundle")
    return AskedRun(found, request.spec.SerializeToString(deterministic=True), continues)


def _run_request(spec: Any, request_id: str, check: RequestChecker) -> RunRequest:
    for field in ("agent", "session_id", "resource_id"):
        check.size(f"spec.{field}", len(getattr(spec, field).encode()), MAX_ID_BYTES)
    check.size("spec.model", len(spec.model.encode()), MAX_MODEL_BYTES)
    policy = POLICIES.get(spec.session_policy)
    if policy is None:
        check.wrong("spec.session_policy", "It must be REJECT, QUEUE or INTERRUPT.")
    said, deployed = _input(spec, check), _deployed(spec, check)
    return RunRequest(
        bundle=InlineBundle(b"") if deployed else from_source("spec.bundle", spec.bundle, check),
        deployed=deployed,
        message=said.last.text,
        parts=said.last.parts,
        history=said.history,
        since=said.since,
        request_id=request_id,
        agent=spec.agent,
        agent_arguments=_agent_arguments(spec, check),
        session_id=spec.session_id,
        resource_id=spec.resource_id,
        request_context=object_field(spec, "request_context", MAX_CONTEXT_BYTES, check) or {},
        session_policy=policy or SessionPolicy.REJECT,
        model=spec.model,
        fallback_models=_fallback_models(spec, check),
        output_schema=object_field(spec, "output_schema", MAX_SCHEMA_BYTES, check),
        limits=from_limits(spec.limits, check),
        allow_fetch=_allow_fetch(spec, check),
        allow_models=spec.allow_models if spec.HasField("allow_models") else None,
        env=_env(spec, check),
        client_tools=client_tools_of(spec, check),
        approvals=approvals_of(spec, check),
    )


def _deployed(spec: Any, check: RequestChecker) -> AgentRef | None:
    """Return the deployed agent that is to run; None for a bundle."""
    if spec.WhichOneof("program") != "deployed":
        return None
    try:
        return parse_ref(spec.deployed)
    except ValueError as error:
        check.wrong("spec.deployed", str(error))
        return AgentRef("")


def _input(spec: Any, check: RequestChecker) -> Said:
    """Return the user's message: a text or a conversation."""
    if spec.WhichOneof("input") == "messages":
        messages = spec.messages.messages
        return from_messages(messages, alone=bool(spec.session_id), check=check)
    if not spec.message.strip():
        check.wrong("spec.message", "It is empty. Say what the agent is to do.")
    check.size("spec.message", len(spec.message.encode()), MAX_MESSAGE_BYTES)
    return Said(UserMessage(spec.message))


def _fallback_models(spec: Any, check: RequestChecker) -> tuple[str, ...]:
    models = tuple(spec.fallback_models)
    if len(models) > MAX_FALLBACK_MODELS:
        check.wrong("spec.fallback_models", f"It has {len(models)}; {MAX_FALLBACK_MODELS} may be.")
        return ()
    for at, model in enumerate(models):
        field = f"spec.fallback_models[{at}]"
        check.size(field, len(model.encode()), MAX_MODEL_BYTES)
        if not model:
            check.wrong(field, "It is empty.")
    return models


def _agent_arguments(spec: Any, check: RequestChecker) -> tuple[Json, ...] | None:
    if not spec.HasField("agent_arguments"):
        return None
    try:
        value = from_json_value(spec.agent_arguments, MAX_ARGUMENTS_BYTES)
    except BadJsonError as error:
        check.wrong("spec.agent_arguments", str(error))
        return None
    if isinstance(value, dict):
        return (value,)
    if not isinstance(value, list):
        check.wrong("spec.agent_arguments", "It must be a JSON array or a JSON object.")
        return None
    return tuple(value)


def object_field(
    spec: Any, name: str, most: int, check: RequestChecker, within: str = "spec"
) -> JsonObject | None:
    """Return a JSON object; None if there is none."""
    if not spec.HasField(name):
        return None
    try:
        value = from_json_value(getattr(spec, name), most)
    except BadJsonError as error:
        check.wrong(f"{within}.{name}", str(error))
        return None
    if not isinstance(value, dict):
        check.wrong(f"{within}.{name}", "It must be a JSON object.")
        return None
    return value


def _allow_fetch(spec: Any, check: RequestChecker) -> tuple[str, ...] | None:
    if not spec.HasField("egress"):
        return None
    field = "spec.egress.allow_fetch"
    rules = tuple(spec.egress.allow_fetch)
    if len(rules) > MAX_FETCH_RULES:
        check.wrong(field, f"It has {len(rules)} rules; {MAX_FETCH_RULES} may be.")
        return None
    for at, rule in enumerate(rules):
        try:
            parse_rule(rule)
        except BadRuleError as error:
            check.wrong(f"{field}[{at}]", str(error))
    return rules


def _env(spec: Any, check: RequestChecker) -> dict[str, str]:
    values = dict(spec.env)
    if problem := values_problem(values):
        check.wrong("spec.env", problem)
    return values


def from_source(field: str, bundle: Any, check: RequestChecker) -> BundleSource:
    """Return the source of a bundle; ``check`` collects its problems."""
    kind = bundle.WhichOneof("source")
    if kind == "inline":
        return InlineBundle(bundle.inline)
    if kind == "url":
        check.size(f"{field}.url", len(bundle.url.encode()), MAX_URL_BYTES)
        return UrlBundle(bundle.url)
    if kind == "digest":
        if not DIGEST.fullmatch(bundle.digest):
            why = 'It must be "sha256:" and 64 hexadecimal digits (0-9, a-f).'
            check.wrong(f"{field}.digest", why)
        return DigestBundle(bundle.digest)
    check.wrong(field, "It is missing. Set one of `inline`, `url` and `digest`.")
    return InlineBundle(b"")
