"""Statuses of the services become messages that say what to do, and the right exit status."""

from __future__ import annotations

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from services.cli.client.refusals import refused
from services.cli.client.wire import refusal_of
from services.cli.domain import Refusal
from services.cli.errors import RefusedError, UnreachableError


def status(code: int, message: str, *details: Message) -> status_pb2.Status:
    """Return a status as a service sends it."""
    made = status_pb2.Status(code=code, message=message)
    for detail in details:
        made.details.add().Pack(detail)
    return made


def test_status_details_are_decoded() -> None:
    info = error_details_pb2.ErrorInfo(reason="MODEL_RATE_LIMITED", domain="caisson")
    info.metadata["model"] = "openai/x"
    request = error_details_pb2.BadRequest()
    request.field_violations.add(field="model", description="slow down")
    delay = error_details_pb2.RetryInfo()
    delay.retry_delay.FromMilliseconds(2500)
    found = refusal_of(
        status(code_pb2.RESOURCE_EXHAUSTED, "too many requests", info, request, delay)
    )
    assert found == Refusal(
        "RESOURCE_EXHAUSTED",
        "too many requests",
        "MODEL_RATE_LIMITED",
        (("model", "openai/x"),),
        (("model", "slow down"),),
        2.5,
    )
    error = refused(found, "here")
    assert error.status == 1
    assert error.hints == ("model: slow down", "Try again in 2.5 s.")


def test_option_of_a_missing_field_is_named() -> None:
    message = "The bundle has several agents; set `spec.agent` to one of: a, b."
    missing = Refusal(
        "INVALID_ARGUMENT", message, "INVALID_REQUEST", violations=(("spec.agent", message),)
    )
    assert refused(missing, "here").hints == ("--agent names it.",)


def test_unknown_codes_and_details_are_ignored() -> None:
    found = refusal_of(status(99, "odd", error_details_pb2.Help()))
    assert (found.code, found.message) == ("UNKNOWN", "odd")


@pytest.mark.parametrize(
    ("code", "reason", "exit_status"),
    [
        ("INVALID_ARGUMENT", "BUNDLE_SYNTAX_ERROR", 2),
        ("NOT_FOUND", "AGENT_NOT_FOUND", 2),
        ("FAILED_PRECONDITION", "AGENT_DISABLED", 2),
        ("FAILED_PRECONDITION", "AGENT_UNRESOLVED", 2),
        ("FAILED_PRECONDITION", "HOOK_FAILED", 1),
        ("FAILED_PRECONDITION", "GUARDRAIL_TRIPPED", 1),
        ("FAILED_PRECONDITION", "TOOL_ENDED_RUN", 1),
        ("INVALID_ARGUMENT", "", 2),
        ("UNAVAILABLE", "RUNNER_UNAVAILABLE", 1),
        ("UNAUTHENTICATED", "MODEL_AUTHENTICATION_FAILED", 1),
        ("NOT_FOUND", "MODEL_NOT_FOUND", 2),
        ("INTERNAL", "INTERNAL", 1),
        ("RESOURCE_EXHAUSTED", "BUNDLE_TOO_LARGE", 2),
    ],
)
def test_exit_status_depends_on_whose_fault_it_is(code: str, reason: str, exit_status: int) -> None:
    assert refused(Refusal(code, "message", reason), "here").status == exit_status


def test_missing_key_error_names_variable_and_offline_model() -> None:
    metadata = (("model", "groq/x"), ("variable", "GROQ_API_KEY"))
    reason = "MODEL_AUTHENTICATION_FAILED"
    hints = refused(Refusal("FAILED_PRECONDITION", "no key", reason, metadata), "here").hints
    assert "`export GROQ_API_KEY=...`" in hints[0]
    assert "caisson run --offline" in hints[1]


def test_base_url_is_shown_without_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://ada:secret@127.0.0.1:1/v1")
    metadata = (("base_variable", "OPENAI_BASE_URL"),)
    away = Refusal("UNAVAILABLE", "away", "MODEL_UNAVAILABLE", metadata)
    assert refused(away, "here").hints == ("OPENAI_BASE_URL is set to http://127.0.0.1:1/v1.",)


def test_missing_service_differs_from_a_refusal() -> None:
    missing = refused(Refusal("UNAVAILABLE", "connection refused"), "127.0.0.1:9")
    assert isinstance(missing, UnreachableError)
    assert "127.0.0.1:9" in missing.message
    refusing = refused(Refusal("UNAVAILABLE", "away", "MODEL_UNAVAILABLE"), "127.0.0.1:9")
    assert isinstance(refusing, RefusedError)


@pytest.mark.parametrize(
    "message",
    [
        "Failed parsing HTTP/2 (Expected SETTINGS frame as the first frame, got frame type 79)",
        "Trying to connect an http1.x server",
    ],
)
def test_http_server_is_told_in_plain_words(message: str) -> None:
    error = refused(Refusal("UNAVAILABLE", message), "127.0.0.1:80")
    assert error.message.startswith("The server at 127.0.0.1:80 does not speak gRPC")


def test_bundle_larger_than_a_message_is_refused() -> None:
    error = refused(
        Refusal("RESOURCE_EXHAUSTED", "SERVER: Received message larger than max (9 vs. 4)"), "here"
    )
    assert error.status == 2
    assert "larger than the executor takes" in error.message
