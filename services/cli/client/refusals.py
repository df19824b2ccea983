"""Error messages for refused requests: the service's message, and what to do next."""

from __future__ import annotations

from services.cli.domain import Refusal
from services.cli.errors import CliError, RefusedError, UnreachableError
from services.cli.settings import base_url
from services.front.tls_probe import (
    NO_TLS,
    SPEAKS_TLS,
    STRANGERS_CERTIFICATE,
    WANTS_CERTIFICATE,
)

# Reasons of google.rpc.ErrorInfo that mean the command or the bundle is wrong, so that no run can
# begin. What ends a run that has begun, such as a hook that fails, is the run's failure.
CALLERS_REASONS = frozenset(
    {
        "INVALID_REQUEST",
        "AGENT_DISABLED",
        "AGENT_UNRESOLVED",
        "AGENT_NOT_FOUND",
        "BUNDLE_NOT_FOUND",
        "LIMIT_EXCEEDED",
        "BAD_BUNDLE",
        "BUNDLE_FETCH_FAILED",
        "BUNDLE_TOO_LARGE",
        "BUNDLE_SYNTAX_ERROR",
        "BUNDLE_LOAD_FAILED",
        "NO_AGENTS",
        "SESSION_NOT_FOUND",
        "MODEL_NOT_FOUND",
        "RUN_NOT_FOUND",
        "DEPLOYMENT_NOT_FOUND",
        "BUNDLE_NOT_ALLOWED",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
    }
)
# Codes that mean the same without a reason.
CALLERS_CODES = frozenset({"INVALID_ARGUMENT", "NOT_FOUND", "OUT_OF_RANGE"})
# What gRPC says of a server that answers in another protocol, such as HTTP/1.
NO_GRPC = ("http1", "parsing http/2")
HINTS = {
    "AGENT_DISABLED": "`caisson inspect BUNDLE` shows what its agents say, and what is refused.",
    "NO_AGENTS": "`caisson inspect BUNDLE` shows what could be read.",
    "MODEL_NOT_FOUND": "--model replaces the bundle's model, for example --model openai/gpt-5.",
    "MODEL_AUTHENTICATION_FAILED": (
        "Set it with `export {variable}=...` before the command, or where `caisson serve` runs; "
        "`caisson doctor` shows which keys are set here.\n"
        "`caisson run --offline` needs no key: it uses an offline model, which makes up answers."
    ),
    "RUNNER_UNAVAILABLE": "`caisson serve` starts both services.",
    "RUN_DEADLINE_EXCEEDED": "--timeout-s sets the limit of this run.",
    "UNAUTHENTICATED": "Put an API key into CAISSON_API_KEY, or its file's name into "
    "--api-key-file.",
    "SESSION_BUSY": "--on-busy queue waits for the other run, --on-busy interrupt stops it.",
}
TLS_HINTS = {
    SPEAKS_TLS: "--ca FILE names the authorities of its certificate; --ca public trusts those of "
    "the public web.",
    NO_TLS: "Leave out --ca, and unset CAISSON_SERVER_CA.",
    WANTS_CERTIFICATE: "--cert FILE and --key FILE give it. API keys are taken at another port.",
    STRANGERS_CERTIFICATE: "--ca FILE names the authorities that are trusted.",
}
# The options of fields that a request lacks.
OPTIONS = {"spec.agent": "--agent names it.", "spec.model": "--model names it."}


def refused(refusal: Refusal, server: str) -> CliError:
    """Return the error for a status; ``server`` is the address of the service."""
    no_grpc = any(sign in refusal.message.lower() for sign in NO_GRPC)
    if refusal.code == "UNAVAILABLE" and not refusal.reason and no_grpc:
        return UnreachableError(
            f"The server at {server} does not speak gRPC, so it is not a Caisson executor.",
            ("--server takes the executor's address; `caisson serve` prints it.",),
        )
    if refusal.code == "UNAVAILABLE" and not refusal.reason:
        return UnreachableError(
            f"No Caisson service answers at {server}: {refusal.message}",
            ("Start one with `caisson serve`, or omit --server.",),
        )
    if refusal.code == "UNIMPLEMENTED" and not refusal.reason:
        return UnreachableError(
            f"The server at {server} is not a Caisson executor: {refusal.message}",
            ("--server takes the executor's address; the toolrunner has another.",),
        )
    if refusal.code == "RESOURCE_EXHAUSTED" and "larger than max" in refusal.message:
        return RefusedError(
            "The bundle is larger than the executor takes.",
            ("Build it smaller, give it as a URL, or raise CAISSON_EXECUTOR_MESSAGE_BYTES.",),
            callers_fault=True,
        )
    at_fault = refusal.reason in CALLERS_REASONS or (
        not refusal.reason and refusal.code in CALLERS_CODES
    )
    return RefusedError(
        refusal.message or f"The service ended the call with {refusal.code} and no message.",
        hints(refusal),
        reason=refusal.reason,
        callers_fault=at_fault,
    )


def tls_refused(fault: str, server: str) -> CliError:
    """Return the error for a fault of TLS, as ``tls_fault`` says it."""
    hint = TLS_HINTS.get(fault)
    return UnreachableError(
        f"The server at {server} cannot be used: {fault}.", (hint,) if hint else ()
    )


def hints(refusal: Refusal) -> tuple[str, ...]:
    """Return the lines that follow a status's message."""
    lines = [
        f"{field}: {description}" if field else description
        for field, description in refusal.violations
        if description.removesuffix("...") not in refusal.message  # cut where it is long
    ]
    if refusal.retry_after_s and "Try again in" not in refusal.message:
        lines.append(f"Try again in {refusal.retry_after_s:g} s.")
    if refusal.reason == "INVALID_REQUEST":
        lines += [OPTIONS[field] for field, _ in refusal.violations if field in OPTIONS]
    known = {"variable": "OPENAI_API_KEY", **dict(refusal.metadata)}
    if refusal.reason in HINTS:
        lines += HINTS[refusal.reason].format_map(known).split("\n")
    base = known.get("base_variable", "")
    if address := base_url(base):
        lines.append(f"{base} is set to {address}.")
    return tuple(lines)
