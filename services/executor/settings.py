"""The executor's configuration: one frozen object, read from the environment here and only here.

Every field of ``Settings`` can be set as ``CAISSON_EXECUTOR_`` and its name in upper case, for
example ``CAISSON_EXECUTOR_MAX_STEPS=10``. Keys and base URLs of model providers are the usual
variables (``OPENAI_API_KEY``, ``ANTHROPIC_BASE_URL``, ...), by the table of ``providers/table.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from services.executor.conversation import ModelRoute, Price
from services.executor.egress.response_body import FetchBounds
from services.executor.errors import SetupError
from services.executor.limits import (
    BUNDLE_FETCH_REDIRECTS,
    BUNDLE_FETCH_S,
    FETCHES_PER_CLIENT,
    PARSE_MEMORY_BYTES,
    PARSE_S,
    SCHEMA_MEMORY_BYTES,
    SCHEMA_S,
    TOOLRUNNER_CONNECT_S,
    WAITING_BUNDLE_BYTES,
    ToolCallLimits,
)
from services.executor.settings_fields import prices, routes, texts, whole_words
from services.front.limits import (
    BUNDLE_BYTES,
    CLIENT_STALL_S,
    CONNECTIONS,
    DRAIN_S,
    KEEPALIVE_S,
    MAX_OUTPUT_BYTES,
    MIB,
    REQUEST_TIMEOUT_S,
    RUNS,
    STACK_BYTES,
    UNFINISHED_REQUESTS,
)
from services.front.settings_fields import (
    all_told,
    at_most,
    defaults,
    listening_address,
    log_level,
    read_fields,
    seconds,
    switch,
    usable_cores,
    user_folder,
    whole,
    wrong_values,
)

PREFIX = "CAISSON_EXECUTOR_"
KIB = 1024
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
        toolrunner_grace_s: seconds without an answer of the toolrunner after which health says
            NOT_SERVING.
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
        bundle_fetch_hosts: where bundles may be fetched from, as rules like those of
            ``allow_fetch``; an address that is not public must be named itself. By default all
            public hosts, and loopback too when the executor listens on loopback only.
        bundle_fetch_timeout_s: seconds to fetch a bundle, redirects included.
        bundle_fetch_redirects: redirects that are followed for one bundle.
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
        tool_fetch_request_bytes: bytes of the body of a tool's request.
        tool_fetch_response_bytes: bytes of an answer to a tool's request, as they are on the wire.
        tool_fetch_decoded_bytes: bytes of an answer to a tool's request, after gzip is undone.
        tool_fetch_timeout_s: seconds for one request of a tool, redirects and the whole answer
            included.
        tool_fetch_requests: requests of one run's tools.
        tool_fetch_at_once: requests of one run's tools at the same time.
        tool_fetch_at_once_per_client: requests of all tools of one client's runs at the same time;
            others wait.
        tls_certificates: a PEM file of certificates to trust besides the public ones.
        log_level: the least severe messages to log: DEBUG, INFO, WARNING or ERROR.
    """

    address: str = listening_address("127.0.0.1:50051")
    toolrunner: str = listening_address("127.0.0.1:50052")
    toolrunner_connect_s: float = seconds(TOOLRUNNER_CONNECT_S, 0.01, 60.0)
    toolrunner_grace_s: float = seconds(10.0, 0.05, 3600.0)
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
    tool_text_bytes: int = whole(100 * KIB, 256, MAX_OUTPUT_BYTES)
    tool_timeout_s: float | None = at_most(0.001, 3600.0, float)
    tool_fuel: int | None = at_most(1, 2**62)
    tool_memory_bytes: int | None = at_most(MIB, 4096 * MIB)
    tool_heap_bytes: int | None = at_most(MIB, 4096 * MIB)
    tool_stack_bytes: int | None = at_most(64 * KIB, STACK_BYTES)
    tool_output_bytes: int | None = at_most(1, MAX_OUTPUT_BYTES)
    tool_console_bytes: int | None = at_most(0, MAX_OUTPUT_BYTES)
    tool_host_wait_s: float | None = at_most(0.001, 3600.0, float)
    tool_host_calls: int | None = at_most(0, 1_000_000)
    tool_host_calls_in_flight: int | None = at_most(0, 10_000)
    tool_timers: int | None = at_most(0, 1_000_000)
    runs: int = whole(RUNS, 1, 100_000)
    request_bytes: int = whole(512 * MIB, 4 * MIB, 1024 * 1024 * MIB)
    client_stall_s: float = seconds(CLIENT_STALL_S, 0.05, 3600.0)
    heartbeat_s: float = seconds(15.0, 0.05, 3600.0)
    message_bytes: int = whole(32 * MIB, 2 * MIB, 256 * MIB)
    request_timeout_s: float = seconds(REQUEST_TIMEOUT_S, 0.05, 3600.0)
    unfinished_requests: int = whole(UNFINISHED_REQUESTS, 1, 1_000_000)
    unfinished_bytes: int = whole(256 * MIB, 2 * MIB, 1024 * 1024 * MIB)
    connections: int = whole(CONNECTIONS, 1, 1_000_000)
    connection_streams: int = whole(256, 1, 100_000)
    drain_s: float = seconds(DRAIN_S, 0.0, 3600.0)
    keepalive_s: float = seconds(KEEPALIVE_S, 1.0, 3600.0)
    history_messages: int = whole(400, 2, 100_000)
    history_bytes: int = whole(2 * MIB, KIB, 64 * MIB)
    session_run_bytes: int = whole(32 * MIB, 64 * KIB, 256 * MIB)
    session_bytes: int = whole(64 * MIB, 64 * KIB, 1024 * MIB)
    session_resource_bytes: int = whole(128 * MIB, 64 * KIB, 1024 * 1024 * MIB)
    session_resource_count: int = whole(10_000, 1, 1_000_000)
    session_store_bytes: int = whole(1024 * MIB, 64 * KIB, 1024 * 1024 * MIB)
    state_dir: str = ""
    cache_dir: str = ""
    bundle_bytes: int = whole(BUNDLE_BYTES, 1, 256 * MIB)
    bundle_digests: bool = switch(default=True)
    waiting_bundle_bytes: int = whole(WAITING_BUNDLE_BYTES, MIB, 1024 * 1024 * MIB)
    bundle_fetch_hosts: tuple[str, ...] = texts()
    bundle_fetch_timeout_s: float = seconds(BUNDLE_FETCH_S, 0.05, 600.0)
    bundle_fetch_redirects: int = whole(BUNDLE_FETCH_REDIRECTS, 0, 50)
    parse_timeout_s: float = seconds(PARSE_S, 0.1, 600.0)
    parse_memory_bytes: int = whole(PARSE_MEMORY_BYTES, 128 * MIB, 64 * 1024 * MIB)
    parsers: int = whole(0, 0, 1024)
    schema_timeout_s: float = seconds(SCHEMA_S, 0.05, 600.0)
    schema_memory_bytes: int = whole(SCHEMA_MEMORY_BYTES, 96 * MIB, 64 * 1024 * MIB)
    sandbox_schemas: bool = switch()
    allow_fetch: tuple[str, ...] = texts()
    secrets: tuple[str, ...] = whole_words()
    egress_policy: str = ""
    tool_fetch_request_bytes: int = whole(FetchBounds.request_bytes, 0, 256 * MIB)
    tool_fetch_response_bytes: int = whole(FetchBounds.response_bytes, 1, 1024 * MIB)
    tool_fetch_decoded_bytes: int = whole(FetchBounds.decoded_bytes, 1, 4096 * MIB)
    tool_fetch_timeout_s: float = seconds(FetchBounds.timeout_s, 0.05, 3600.0)
    tool_fetch_requests: int = whole(FetchBounds.requests, 0, 1_000_000)
    tool_fetch_at_once: int = whole(FetchBounds.at_once, 1, 1024)
    tool_fetch_at_once_per_client: int = whole(FETCHES_PER_CLIENT, 1, 65_536)
    tls_certificates: str = ""
    log_level: str = log_level()

    def __post_init__(self) -> None:
        """Refuse what is out of range, all of it at once."""
        if problems := wrong(vars(self)):
            raise SetupError(all_told(problems))

    @property
    def tool_limits(self) -> ToolCallLimits:
        """What this executor lowers of the toolrunner's limits of each call."""
        limits = (declared.name for declared in fields(ToolCallLimits))
        return ToolCallLimits(**{name: getattr(self, f"tool_{name}") for name in limits})

    @property
    def parser_count(self) -> int:
        """Processes that read bundles."""
        return self.parsers or usable_cores()


def wrong(values: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the values of fields."""
    problems = wrong_values(Settings, PREFIX, values)
    if values["message_bytes"] > values["unfinished_bytes"]:
        problems.append(
            f"{PREFIX}MESSAGE_BYTES ({values['message_bytes']}) is larger than {PREFIX}"
            f"UNFINISHED_BYTES ({values['unfinished_bytes']}); no such message could arrive."
        )
    return problems


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of ``environment``, by default this process's.

    Raises:
        SetupError: some are wrong; the message names them all.
    """
    given = os.environ if environment is None else environment
    values, problems = read_fields(Settings, PREFIX, given)
    values.setdefault("cache_dir", user_folder(given, "XDG_CACHE_HOME", ".cache"))
    values.setdefault("state_dir", user_folder(given, "XDG_STATE_HOME", ".local/state"))
    problems += wrong({**defaults(Settings), **values})
    if problems:
        raise SetupError(all_told(problems))
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


def keep_litellm_quiet() -> None:
    """Set, before LiteLLM is imported, what keeps it from the network and from stray files."""
    for name, value in LITELLM_DEFAULTS.items():
        os.environ.setdefault(name, value)
