"""The executor's configuration: one frozen object; only this module reads the environment.

Every field of ``Settings`` can be set as ``CAISSON_EXECUTOR_`` and its name in upper case, for
example ``CAISSON_EXECUTOR_MAX_STEPS=10``. Keys and base URLs of model providers use the usual
variables (``OPENAI_API_KEY``, ``ANTHROPIC_BASE_URL``, ...), listed in ``providers/table.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
    WAITING_BUNDLE_BYTES,
    ToolCallLimits,
)
from services.executor.settings_fields import prices, routes, texts, values, whole_words
from services.executor.settings_parts import SettingsParts, wrong_parts
from services.front.limits import (
    BUNDLE_BYTES,
    CLIENT_STALL_S,
    CONNECTION_AGE_S,
    CONNECTIONS,
    DRAIN_S,
    KEEPALIVE_S,
    LONGEST_RUN_S,
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
    connection_age,
    defaults,
    listening_address,
    log_level,
    one_of,
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
PAGE_TOKEN_KEY_BYTES = 32
# The variables that stay in the environment: those of the interpreter, system libraries, TLS and
# proxies. Any other may be a key or URL that LiteLLM, or a library below it, would pick up.
OF_THE_SYSTEM = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|XDG_\w+|LD_\w+|MALLOC_\w+|"
    r"PYTHON\w*|COVERAGE\w*|COV_CORE\w*|GRPC_\w+|SSL_CERT_FILE|SSL_CERT_DIR|SSL_VERIFY|"
    r"SSL_CERTIFICATE|(?i:(?:https?|all|no)_proxy)"
)
LITELLM_DEFAULTS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it fetches the price list on import
    "LITELLM_MODE": "PRODUCTION",  # else it reads a .env file in the working directory
}


@dataclass(frozen=True)
class Settings(SettingsParts):
    """The configuration of one executor; raises SetupError if a value is out of range.

    Attributes:
        address: where to listen: ``host:port`` (port 0 picks a free one) or ``unix:/path``.
        default_model: the model for agents that name none, as ``provider/id``; none when empty.
        model_aliases: a JSON object from names of models, as requests and bundles write them, to
            ``provider/id``, or to objects of ``model``, ``base_url`` and ``key_variable`` (the
            environment variable of the key; a ``base_url`` without one means that no key is sent);
            ``*`` matches every name.
        model_fallbacks: models to try, in this order, if the one before cannot answer and neither
            request nor bundle names others.
        model_prices: a JSON object from ``provider/id`` to objects of ``input``, ``output``,
            ``cached_input`` and ``cache_write_input``, in US dollars per million tokens; other
            prices come from LiteLLM's list.
        model_connect_s: seconds to wait for a connection to a provider.
        model_first_token_s: seconds to wait for the first piece of a model's answer.
        model_silence_s: seconds to wait for the next piece of a model's answer.
        model_streams: answers of models that are read at once; others wait, organisations in turn.
        model_answer_bytes: the most bytes that a provider may send for one answer.
        model_answer_events: the most events that a provider may send for one answer.
        model_idle_events: the most empty events and comments in a row from a provider; each KiB
            without content counts as one more.
        model_retries: retries of a query for each model, until any output has been streamed.
        model_retry_first_wait_s: seconds before the first retry, doubled for each further one; a
            delay that the provider asks for takes precedence.
        model_retry_wait_s: the longest delay before a retry; if a provider asks for more, there is
            no retry.
        max_steps: the most model queries of one run.
        run_timeout_s: seconds of wall time for one run.
        max_tool_calls: the most tool calls of one run.
        max_input_tokens: the most tokens of all prompts of one run.
        max_output_tokens: the most tokens of all answers of one run, reasoning included.
        max_cost_usd: the most US dollars for all queries of one run; models with an unknown price
            are then refused.
        tool_time_s: seconds of tool time of one run, over all steps.
        tool_text_bytes: the most bytes of one tool result shown to the model.
        tool_timeout_s: the most seconds of wall time of one tool call; like all limits of a call,
            it lowers the toolrunner's own limit, which applies if it is not set.
        tool_fuel: the most wasmtime fuel of one tool call.
        tool_memory_bytes: the most bytes of linear memory of one tool call.
        tool_heap_bytes: the most bytes of JavaScript heap of one tool call.
        tool_stack_bytes: the most bytes of JavaScript call stack of one tool call.
        tool_output_bytes: the most bytes of the JSON result of one tool call.
        tool_console_bytes: the most bytes of console output of one tool call.
        tool_host_wait_s: the most seconds that one tool call may wait for host calls.
        tool_host_calls: the most host calls of one tool call.
        tool_host_calls_in_flight: the most pending host calls of one tool call.
        tool_timers: the most pending timers of one tool call.
        runs: the most runs and bundle readings at once; more are refused. No client gets the last
            slot: a connection gets up to four fifths, a host up to sixteen seventeenths.
        request_bytes: the most bytes of active requests and of the bundles that runs hold, and as
            many again of unread answers; shared by clients in the same way.
        client_stall_s: seconds that a client may leave an event or an answer unread before its run
            or request is stopped.
        heartbeat_s: seconds of silence before a run sends a heartbeat.
        message_bytes: bytes of the largest accepted gRPC message, inline bundles included.
        request_timeout_s: seconds for a whole request to arrive.
        unfinished_requests: the most requests still arriving at once, shared by clients.
        unfinished_bytes: the most bytes of all messages still arriving, each counted as
            ``message_bytes``; shared by clients.
        connections: the most connections at once; more are closed immediately.
        connection_streams: the most RPCs at once on one connection; clients hold back more.
        connection_age_s: seconds after which a client is asked to connect again, give or take a
            tenth, so that load spreads to new executors; its runs finish first.
        drain_s: seconds for runs to finish on shutdown.
        keepalive_s: seconds between pings to an idle client.
        page_token_key: a secret of at least 32 bytes that signs page tokens, the same for all
            executors of a deployment, so that a page can be asked of any of them. By default a
            random one, with which tokens are valid only in the process that made them.
        history_messages: the most messages of a conversation shown to a model, the latest.
        history_bytes: the most bytes of a conversation shown to a model; older tool results are
            dropped first.
        session_run_bytes: the most bytes stored of one run; larger runs are not saved.
        session_bytes: the most bytes of one session; a full one accepts no more runs.
        session_resource_bytes: the most bytes of the sessions of one resource; the longest idle
            ones are deleted beyond it.
        session_resource_count: the most sessions of one resource, likewise.
        session_store_bytes: the most bytes of all sessions, likewise; from the host that stores
            most.
        state_dir: folder for conversations; by default ``caisson`` in the user's state folder. If
            empty, conversations end with the process.
        cache_dir: folder for cached manifests; by default ``caisson`` in the user's cache folder.
            If empty, nothing is kept between starts.
        bundle_bytes: bytes of the largest bundle.
        bundle_digests: true lets anyone who knows the digest of a known bundle inspect and run it;
            false refuses digests and keeps no bundles in memory for them.
        waiting_bundle_bytes: the most bytes of bundles being fetched or waiting to be read, shared
            by clients.
        bundle_fetch_hosts: where bundles may be fetched from, as rules like those of
            ``allow_fetch``; a private address must be named literally. By default all public hosts,
            and loopback too if the executor listens on loopback only.
        bundle_fetch_timeout_s: seconds to fetch a bundle, redirects included.
        bundle_fetch_redirects: the most redirects for one bundle.
        parse_timeout_s: seconds to read one bundle.
        parse_memory_bytes: the most bytes of memory of a parser process.
        parsers: parser processes for one client, and as many more for costly schemas; 0 means one
            for each core. Up to two spare ones serve other clients.
        schema_timeout_s: seconds to compile a costly schema, or to check one text against it.
        schema_memory_bytes: the most bytes of memory of a schema checking process.
        sandbox_schemas: true asks the toolrunner for what cannot be read from a bundle's source,
            such as instructions that are functions and schemas that loops build, with limits and
            without any capability; false disables such agents and tools.
        prefer_slices: true loads only the statements of a bundle that its agents and tools need;
            false does so only where the whole bundle cannot be loaded.
        record_calls: true records of each tool call of a recorded run what it takes to make the
            call once more (``caisson runs replay``): input, context, random seed, clock and order,
            but no secrets. At most 16 MiB of a run.
        record_bodies: true records the answers to tools' requests and the bodies of the requests,
            too: at most 1 MiB of a call, and 8 MiB of a run. Without them, calls that make requests
            cannot be made once more.
        allow_fetch: what every agent's tools may fetch, as space-separated rules such as
            ``api.example.com``, ``*.example.com`` or ``https://example.com:8443/v1``. Nothing is
            allowed by default.
        tool_models: whether tools may ask models, by the helpers of a framework that their bundle
            imports: ``request`` for runs that ask for it (`spec.allow_models`), ``always`` for all
            that do not decline it, ``never`` for none. What they use counts in the run's budget.
        tool_model_queries: the most queries of one run's tools to models.
        secrets: secrets that tools may use and never see, as space-separated ``NAME@HOST``; the
            value comes from the environment variable ``NAME``. ``NAME@HOST,header=x-api-key`` binds
            it to one header, ``,method=POST`` to a method, a path in ``HOST`` to that path;
            ``,like=sk_live_...`` gives its placeholder the form of an example.
        env: plain values that tools see as they are in ``process.env``, as a JSON object from names
            to texts: addresses, regions, flags, ids that are no secrets.
        egress_policy: a JSON file of fetch rules, secrets and plain values for certain agents or
            organisations.
        mcp_list_s: seconds for which the list of an MCP server's tools is used again, by runs of
            the same agent and client; 0 asks in each run.
        mcp_pinned: true leaves out tools of an MCP server that are new or have changed since this
            process first listed them; false only says so.
        mcp_call_s: the most seconds of one call of an MCP server's tool, and of listing them.
        tool_fetch_request_bytes: the most bytes of the body of a tool's request.
        tool_fetch_response_bytes: the most bytes of a response to a tool's request, on the wire.
        tool_fetch_decoded_bytes: the most bytes of a response to a tool's request, decompressed.
        tool_fetch_timeout_s: seconds for one request of a tool, redirects and the whole response
            included.
        tool_fetch_requests: the most requests of one run's tools.
        tool_fetch_at_once: the most concurrent requests of one run's tools.
        tool_fetch_at_once_per_client: the most concurrent requests of all tools of one client;
            others wait.
        tls_certificates: a PEM file of certificates to trust besides the public ones.
        log_level: the least severe messages to log: DEBUG, INFO, WARNING or ERROR.
    """

    address: str = listening_address("127.0.0.1:50051")
    default_model: str = ""
    model_aliases: Mapping[str, ModelRoute] = routes()
    model_fallbacks: tuple[str, ...] = texts()
    model_prices: Mapping[str, Price] = prices()
    model_connect_s: float = seconds(10.0, 0.01, 600.0)
    model_first_token_s: float = seconds(120.0, 0.01, 3600.0)
    model_silence_s: float = seconds(120.0, 0.01, 3600.0)
    model_streams: int = whole(1024, 1, 100_000)
    model_answer_bytes: int = whole(64 * MIB, KIB, 4096 * MIB)
    model_answer_events: int = whole(500_000, 1, 1_000_000_000)
    model_idle_events: int = whole(10_000, 100, 1_000_000_000)
    model_retries: int = whole(2, 0, 10)
    model_retry_first_wait_s: float = seconds(0.5, 0.001, 60.0)
    model_retry_wait_s: float = seconds(10.0, 0.0, 600.0)
    max_steps: int = whole(20, 1, 1000)
    run_timeout_s: float = seconds(600.0, 0.1, LONGEST_RUN_S)
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
    connection_age_s: float = connection_age(CONNECTION_AGE_S)
    drain_s: float = seconds(DRAIN_S, 0.0, 3600.0)
    keepalive_s: float = seconds(KEEPALIVE_S, 1.0, 3600.0)
    page_token_key: str = field(default="", repr=False)
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
    sandbox_schemas: bool = switch(default=True)
    prefer_slices: bool = switch()
    record_calls: bool = switch(default=True)
    record_bodies: bool = switch()
    allow_fetch: tuple[str, ...] = texts()
    tool_models: str = one_of("request", ("never", "request", "always"))
    tool_model_queries: int = whole(100, 1, 1_000_000)
    secrets: tuple[str, ...] = whole_words()
    env: Mapping[str, str] = values()
    egress_policy: str = ""
    mcp_list_s: float = seconds(300.0, 0.0, 86_400.0)
    mcp_pinned: bool = switch()
    mcp_call_s: float = seconds(120.0, 0.05, 3600.0)
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
        """Reject values out of range, all at once."""
        if problems := wrong(vars(self)):
            raise SetupError(all_told(problems))

    @property
    def tool_limits(self) -> ToolCallLimits:
        """The limits that lower the toolrunner's own for each call."""
        limits = (declared.name for declared in fields(ToolCallLimits))
        return ToolCallLimits(**{name: getattr(self, f"tool_{name}") for name in limits})

    @property
    def parser_count(self) -> int:
        """The number of parser processes."""
        return self.parsers or usable_cores()


def wrong(values: Mapping[str, Any]) -> list[str]:
    """Return the problems with the fields' values."""
    problems = wrong_values(Settings, PREFIX, values)
    if values["message_bytes"] > values["unfinished_bytes"]:
        problems.append(
            f"{PREFIX}MESSAGE_BYTES ({values['message_bytes']}) is larger than {PREFIX}"
            f"UNFINISHED_BYTES ({values['unfinished_bytes']}); no such message could ever arrive."
        )
    problems += wrong_parts(PREFIX, values)
    key = len(values["page_token_key"].encode(errors="surrogateescape"))
    if 0 < key < PAGE_TOKEN_KEY_BYTES:
        problems.append(
            f"{PREFIX}PAGE_TOKEN_KEY has {key} bytes; it must have at least "
            f"{PAGE_TOKEN_KEY_BYTES}, such as `openssl rand -base64 48` prints."
        )
    return problems


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment``, by default this process's.

    Raises:
        SetupError: some are invalid; the message names them all.
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
    """Return an environment variable of this process, for keys and secrets kept there."""
    return os.environ.get(name)


def process_environment() -> Mapping[str, str]:
    """Return this process's live environment, for keys and secrets in it."""
    return os.environ


def taken_environment() -> Mapping[str, str]:
    """Return a copy of this process's environment, and remove all but system variables from it.

    From then on no library finds keys, URLs or switches of its own there.
    """
    whole = dict(os.environ)
    for name in whole:
        if not OF_THE_SYSTEM.fullmatch(name):
            del os.environ[name]
    return whole


def keep_litellm_quiet() -> None:
    """Set the variables that keep LiteLLM's import off the network and stray files."""
    for name, value in LITELLM_DEFAULTS.items():
        os.environ.setdefault(name, value)
