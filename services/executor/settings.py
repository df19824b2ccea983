"""The executor's configuration: one frozen object, read from the environment here and only here.

Every field of ``Settings`` can be set as ``CAISSON_EXECUTOR_`` and its name in upper case, for
example ``CAISSON_EXECUTOR_MAX_STEPS=10``. Keys and base URLs of model providers are the usual
variables (``OPENAI_API_KEY``, ``ANTHROPIC_BASE_URL``, ...), by the table of ``providers/table.py``.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from services.executor.conversation import ModelRoute, Price
from services.executor.errors import SetupError
from services.executor.limits import ToolCallLimits
from services.executor.settings_fields import (
    at_most,
    parse_prices,
    parse_routes,
    parse_switch,
    prices,
    routes,
    seconds,
    switch,
    texts,
    whole,
    whole_words,
)

PREFIX = "CAISSON_EXECUTOR_"
KIB = 1024
MIB = 1024 * KIB
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
KINDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    parse_switch: "true or false",
    parse_routes: 'a JSON object, such as {"gpt-x": "openai/gpt-x"} or '
    '{"gpt-x": {"model": "openai/gpt-x", "base_url": "https://...", "key_variable": "MY_KEY"}}',
    parse_prices: 'a JSON object, such as {"openai/gpt-x": {"input": 1.25, "output": 10}}',
}
# What a process leaves in its environment when it takes its variables out: what the interpreter,
# the system's libraries, TLS and proxies go by. Everything else may be a key or an address that
# LiteLLM, or a library below it, would find by itself.
OF_THE_SYSTEM = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|XDG_\w+|LD_\w+|MALLOC_\w+|"
    r"PYTHON\w*|COVERAGE\w*|COV_CORE\w*|GRPC_\w+|SSL_CERT_FILE|SSL_CERT_DIR|SSL_VERIFY|"
    r"SSL_CERTIFICATE|(?i:(?:https?|all|no)_proxy)"
)
LITELLM_DEFAULTS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # or it fetches the list of prices when imported
    "LITELLM_MODE": "PRODUCTION",  # or it reads a .env file from the working folder
}


@dataclass(frozen=True)
class Settings:
    """How one executor works; raises SetupError when a value is out of its range.

    Attributes:
        address: where to listen: ``host:port`` (port 0 picks a free one) or ``unix:/path``.
        toolrunner: where the toolrunner listens: ``host:port`` or ``unix:/path``.
        toolrunner_connect_s: seconds to wait for a connection to the toolrunner.
        default_model: the model for agents that name none, as ``provider/id``; none when empty.
        model_aliases: a JSON object from names of models, as requests and bundles write them, to
            ``provider/id``, or to objects of ``model``, ``base_url`` and ``key_variable`` (the
            environment variable of the key; with a ``base_url`` and without it, no key is sent);
            ``*`` stands for every name.
        model_fallbacks: models to ask, in this order, when the one before cannot answer and neither
            request nor bundle names others.
        model_prices: a JSON object from ``provider/id`` of models to objects of ``input``,
            ``output``, ``cached_input`` and ``cache_write_input``, in US dollars a million tokens;
            LiteLLM's own list has the others.
        model_connect_s: seconds to wait for a connection to a provider.
        model_first_token_s: seconds to wait for the first piece of a model's answer.
        model_silence_s: seconds to wait for the next piece of a model's answer.
        model_answer_bytes: bytes that a provider may send for one answer.
        model_answer_events: events that a provider may send for one answer.
        model_idle_events: empty events and comments in a row that a provider may send; each KiB
            that brings nothing is one more.
        model_retries: times that a query is asked again, while nothing was seen of its answer.
        model_retry_first_wait_s: seconds before the first retry, doubled before each further one;
            a provider's own word comes first.
        model_retry_wait_s: the longest wait before a retry; a provider that asks for more fails.
        max_steps: model queries of one run.
        run_timeout_s: seconds of wall time of one run.
        max_tool_calls: tool calls of one run.
        max_input_tokens: tokens of all prompts of one run.
        max_output_tokens: tokens of all answers of one run, reasoning included.
        max_cost_usd: US dollars of all queries of one run; a model whose price is not known is then
            refused.
        tool_time_s: seconds in which the tools of one run may run, all steps together.
        tool_text_bytes: bytes of one tool's result that the model is shown.
        tool_timeout_s: seconds of wall time of one tool call, at most; like all limits of a call,
            the toolrunner's own when it is not set, which this one lowers and never raises.
        tool_fuel: wasmtime fuel of one tool call, at most.
        tool_memory_bytes: bytes of linear memory of one tool call, at most.
        tool_heap_bytes: bytes of JavaScript heap of one tool call, at most.
        tool_stack_bytes: bytes of JavaScript call stack of one tool call, at most.
        tool_output_bytes: bytes of the JSON result of one tool call, at most.
        tool_console_bytes: bytes of console text of one tool call, at most.
        tool_host_wait_s: seconds that one tool call may wait for the outside world, at most.
        tool_host_calls: requests of one tool call to the outside world, at most.
        tool_host_calls_in_flight: requests of one tool call that wait at once, at most.
        tool_timers: timers of one tool call that are pending at once, at most.
        runs: runs, and bundles being read, at once; one more is refused. No client gets the last
            place: a connection up to four fifths, all of a host's up to sixteen seventeenths.
        request_bytes: bytes of requests that are worked on at once, and of the bundles that runs
            hold, shared by clients in the same way.
        client_stall_s: seconds that a client may leave an event unread before its run is stopped.
        heartbeat_s: seconds of silence after which a run sends a heartbeat.
        message_bytes: bytes of the largest gRPC message taken, inline bundles included.
        request_timeout_s: seconds in which a whole request must arrive.
        unfinished_requests: requests that are still arriving at once, shared by clients.
        unfinished_bytes: bytes of all messages that are still arriving; as many are received at
            once as fit in with ``message_bytes`` each, shared by clients.
        connections: connections at once; one more is closed at once.
        connection_streams: RPCs at once on one connection; a client holds back more.
        drain_s: seconds that runs get to end on a stop.
        keepalive_s: seconds between pings to a silent client.
        history_messages: messages of a conversation that a model is shown, the latest.
        history_bytes: bytes of a conversation that a model is shown; older results of tools are
            left out first.
        session_run_bytes: bytes that are kept of one run; what is larger is not saved.
        session_bytes: bytes of one session; a full one takes no more runs.
        session_resource_bytes: bytes of the sessions of one resource; those idle longest are
            forgotten when there are more.
        session_resource_count: sessions of one resource, likewise.
        session_store_bytes: bytes of all sessions, likewise; of the host that keeps most.
        state_dir: folder of the conversations; by default ``caisson`` in the user's state folder.
            When it is empty, conversations end with the process.
        cache_dir: folder of what was read of bundles; by default ``caisson`` in the user's cache
            folder. When it is empty, nothing is kept between starts.
        bundle_bytes: bytes of the largest bundle.
        bundle_digests: true lets anyone who knows the digest of a bundle that was read inspect and
            run it; false refuses digests and keeps no bundle in memory for them.
        waiting_bundle_bytes: bytes of bundles that are fetched or wait to be read, shared by
            clients.
        bundle_hosts: where bundles may be fetched from, as rules like those of ``allow_fetch``; an
            address that is not public must be named itself. By default all public hosts, and
            loopback too when the executor listens on loopback only.
        fetch_timeout_s: seconds to fetch a bundle, redirects included.
        fetch_redirects: redirects that are followed for one bundle.
        parse_timeout_s: seconds to read one bundle.
        parse_memory_bytes: bytes of memory of a process that reads bundles.
        parsers: processes that read bundles at once for one client, and as many more that check by
            costly schemas; 0 means one for each core. Up to two more read when others come.
        schema_timeout_s: seconds to compile a costly schema, or to check one input or answer by it.
        schema_memory_bytes: bytes of memory of a process that checks by costly schemas.
        sandbox_schemas: true asks the toolrunner for the schemas of tools that cannot be read from
            a bundle's source, with load limits and without any capability; false disables such
            tools.
        allow_fetch: what every agent's tools may fetch: rules with blanks between them, such as
            ``api.example.com``, ``*.example.com`` or ``https://example.com:8443/v1``. Nothing may
            be fetched by default.
        secrets: secrets that tools may use and never see: ``NAME@HOST`` with blanks between them;
            the value is that of the environment variable ``NAME``. ``NAME@HOST,header=x-api-key``
            binds it to one header, ``,method=POST`` to a method, a path in ``HOST`` to that path.
        egress_policy: a JSON file of fetch rules and secrets for some agents or organisations.
        fetch_request_bytes: bytes of the body of a tool's request.
        fetch_response_bytes: bytes of an answer to a tool's request, as they are on the wire.
        fetch_decoded_bytes: bytes of an answer to a tool's request, after gzip is undone.
        fetch_seconds: seconds for one request of a tool, redirects and the whole answer included.
        fetch_requests: requests of one run's tools.
        fetch_at_once: requests of one run's tools at the same time.
        client_fetches: requests of all tools of one client's runs at the same time; others wait.
        tls_certificates: a PEM file of certificates to trust besides the public ones.
        log_level: the least severe messages to log: DEBUG, INFO, WARNING or ERROR.
    """

    address: str = "127.0.0.1:50051"
    toolrunner: str = "127.0.0.1:50052"
    toolrunner_connect_s: float = seconds(3.0, 0.01, 60.0)
    default_model: str = ""
    model_aliases: Mapping[str, ModelRoute] = routes()
    model_fallbacks: tuple[str, ...] = texts()
    model_prices: Mapping[str, Price] = prices()
    model_connect_s: float = seconds(10.0, 0.01, 600.0)
    model_first_token_s: float = seconds(120.0, 0.01, 3600.0)
    model_silence_s: float = seconds(120.0, 0.01, 3600.0)
    model_answer_bytes: int = whole(64 * MIB, KIB, 4096 * MIB)
    model_answer_events: int = whole(500_000, 1, 1_000_000_000)
    model_idle_events: int = whole(10_000, 100, 1_000_000_000)
    model_retries: int = whole(2, 0, 10)
    model_retry_first_wait_s: float = seconds(0.5, 0.001, 60.0)
    model_retry_wait_s: float = seconds(10.0, 0.0, 600.0)
    max_steps: int = whole(20, 1, 1000)
    run_timeout_s: float = seconds(600.0, 0.1, 86_400.0)
    max_tool_calls: int = whole(256, 0, 1_000_000)
    max_input_tokens: int | None = at_most(1, 2**53)
    max_output_tokens: int | None = at_most(1, 2**53)
    max_cost_usd: float | None = at_most(0.000001, 1e9, float)
    tool_time_s: float | None = at_most(0.001, 86_400.0, float)
    tool_text_bytes: int = whole(100 * KIB, 256, 3 * MIB)
    tool_timeout_s: float | None = at_most(0.001, 3600.0, float)
    tool_fuel: int | None = at_most(1, 2**62)
    tool_memory_bytes: int | None = at_most(MIB, 4096 * MIB)
    tool_heap_bytes: int | None = at_most(MIB, 4096 * MIB)
    tool_stack_bytes: int | None = at_most(64 * KIB, 2 * MIB)
    tool_output_bytes: int | None = at_most(1, 3 * MIB)
    tool_console_bytes: int | None = at_most(0, 3 * MIB)
    tool_host_wait_s: float | None = at_most(0.001, 3600.0, float)
    tool_host_calls: int | None = at_most(0, 1_000_000)
    tool_host_calls_in_flight: int | None = at_most(0, 10_000)
    tool_timers: int | None = at_most(0, 1_000_000)
    runs: int = whole(256, 1, 100_000)
    request_bytes: int = whole(512 * MIB, 4 * MIB, 1024 * 1024 * MIB)
    client_stall_s: float = seconds(60.0, 0.05, 3600.0)
    heartbeat_s: float = seconds(15.0, 0.05, 3600.0)
    message_bytes: int = whole(32 * MIB, 2 * MIB, 256 * MIB)
    request_timeout_s: float = seconds(30.0, 0.05, 3600.0)
    unfinished_requests: int = whole(512, 1, 1_000_000)
    unfinished_bytes: int = whole(256 * MIB, 2 * MIB, 1024 * 1024 * MIB)
    connections: int = whole(1024, 1, 1_000_000)
    connection_streams: int = whole(256, 1, 100_000)
    drain_s: float = seconds(20.0, 0.0, 3600.0)
    keepalive_s: float = seconds(30.0, 1.0, 3600.0)
    history_messages: int = whole(400, 2, 100_000)
    history_bytes: int = whole(2 * MIB, KIB, 64 * MIB)
    session_run_bytes: int = whole(32 * MIB, 64 * KIB, 256 * MIB)
    session_bytes: int = whole(64 * MIB, 64 * KIB, 1024 * MIB)
    session_resource_bytes: int = whole(128 * MIB, 64 * KIB, 1024 * 1024 * MIB)
    session_resource_count: int = whole(10_000, 1, 1_000_000)
    session_store_bytes: int = whole(1024 * MIB, 64 * KIB, 1024 * 1024 * MIB)
    state_dir: str = ""
    cache_dir: str = ""
    bundle_bytes: int = whole(16 * MIB, 1, 256 * MIB)
    bundle_digests: bool = switch(default=True)
    waiting_bundle_bytes: int = whole(256 * MIB, MIB, 1024 * 1024 * MIB)
    bundle_hosts: tuple[str, ...] = texts()
    fetch_timeout_s: float = seconds(30.0, 0.05, 600.0)
    fetch_redirects: int = whole(5, 0, 50)
    parse_timeout_s: float = seconds(60.0, 0.1, 600.0)
    parse_memory_bytes: int = whole(1024 * MIB, 128 * MIB, 64 * 1024 * MIB)
    parsers: int = whole(0, 0, 1024)
    schema_timeout_s: float = seconds(2.0, 0.05, 600.0)
    schema_memory_bytes: int = whole(256 * MIB, 96 * MIB, 64 * 1024 * MIB)
    sandbox_schemas: bool = switch()
    allow_fetch: tuple[str, ...] = texts()
    secrets: tuple[str, ...] = whole_words()
    egress_policy: str = ""
    fetch_request_bytes: int = whole(8 * MIB, 0, 256 * MIB)
    fetch_response_bytes: int = whole(16 * MIB, 1, 1024 * MIB)
    fetch_decoded_bytes: int = whole(32 * MIB, 1, 4096 * MIB)
    fetch_seconds: float = seconds(30.0, 0.05, 3600.0)
    fetch_requests: int = whole(1000, 0, 1_000_000)
    fetch_at_once: int = whole(16, 1, 1024)
    client_fetches: int = whole(64, 1, 65_536)
    tls_certificates: str = ""
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        check_address("address", self.address)
        check_address("toolrunner", self.toolrunner)
        if self.log_level not in LOG_LEVELS:
            message = f"log_level is {self.log_level!r}; it must be {', '.join(LOG_LEVELS)}."
            raise SetupError(message)
        for declared in fields(self):
            value = getattr(self, declared.name)
            if "low" in declared.metadata and value is not None:
                check_range(declared, value)
        if self.message_bytes > self.unfinished_bytes:
            raise SetupError(
                "message_bytes is larger than unfinished_bytes; no such message could arrive."
            )

    @property
    def tool_limits(self) -> ToolCallLimits:
        """What this executor lowers of the toolrunner's limits of each call."""
        limits = (declared.name for declared in fields(ToolCallLimits))
        return ToolCallLimits(**{name: getattr(self, f"tool_{name}") for name in limits})

    @property
    def parser_count(self) -> int:
        """Processes that read bundles."""
        if self.parsers:
            return self.parsers
        try:
            return max(1, len(os.sched_getaffinity(0)))
        except AttributeError:  # Linux alone tells which ones
            return os.cpu_count() or 1


def check_address(name: str, address: str) -> None:
    """Raise SetupError unless ``address`` is ``host:port`` or ``unix:`` and a path."""
    if address.startswith("unix:") and len(address) > len("unix:"):
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise SetupError(
            f"{name} is {address!r}; it must be HOST:PORT such as 127.0.0.1:50051, or unix:/path."
        )


def check_range(declared: Field[Any], value: float) -> None:
    """Raise SetupError unless ``value`` is a number within the field's range."""
    low, high = declared.metadata["low"], declared.metadata["high"]
    if not math.isfinite(value) or not low <= value <= high:
        raise SetupError(f"{declared.name} is {value}; it must be between {low} and {high}.")


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of ``environment``, by default this process's; raises SetupError."""
    given = os.environ if environment is None else environment
    variables = {PREFIX + declared.name.upper(): declared for declared in fields(Settings)}
    unknown = sorted(name for name in given if name.startswith(PREFIX) and name not in variables)
    if unknown:
        raise SetupError(f"{unknown[0]} is no setting; there are: {', '.join(sorted(variables))}.")
    values = {
        declared.name: parsed(name, declared, given[name])
        for name, declared in variables.items()
        if name in given
    }
    values.setdefault("cache_dir", user_folder(given, "XDG_CACHE_HOME", ".cache"))
    values.setdefault("state_dir", user_folder(given, "XDG_STATE_HOME", ".local/state"))
    return Settings(**values)


def environment_value(name: str) -> str | None:
    """Return a variable of this process's environment, for keys and secrets that are kept there."""
    return os.environ.get(name)


def process_environment() -> Mapping[str, str]:
    """Return this process's environment as it is now and will be, for keys and secrets in it."""
    return os.environ


def taken_environment() -> Mapping[str, str]:
    """Return a copy of this process's environment, and take out of it all but the system's own.

    From then on no library finds a key, an address or a switch of its own there: what it gets is
    what it is handed.
    """
    whole = dict(os.environ)
    for name in whole:
        if not OF_THE_SYSTEM.fullmatch(name):
            del os.environ[name]
    return whole


def user_folder(environment: Mapping[str, str], variable: str, below_home: str) -> str:
    """Return our folder in one of the user's own, empty when the user has none."""
    if environment.get(variable):
        return str(Path(environment[variable]) / "caisson")
    home = environment.get("HOME")
    return str(Path(home) / below_home / "caisson") if home else ""


def parsed(name: str, declared: Field[Any], text: str) -> Any:
    """Return ``text`` as the field's type; raises SetupError that names the variable."""
    parse = declared.metadata.get("parse", str)
    try:
        return parse(text.strip())
    except ValueError:
        raise SetupError(f"{name} is {text[:200]!r}; it must be {KINDS[parse]}.") from None


def keep_litellm_quiet() -> None:
    """Set, before LiteLLM is imported, what keeps it from the network and from stray files."""
    for name, value in LITELLM_DEFAULTS.items():
        os.environ.setdefault(name, value)
