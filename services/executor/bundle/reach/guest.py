"""What a tool finds in the sandbox: the globals, and the modules that it can import.

The toolrunner's prelude decides; this is the executor's copy of its names, and
``tests/guest/test_reach_names.py`` compares both with a real guest.
"""

from __future__ import annotations

import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of the language itself, which every engine has. They reach nothing.
LANGUAGE = _names(
    """
    AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array
    Boolean DataView Date DisposableStack Error EvalError FinalizationRegistry Float16Array
    Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array InternalError
    Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect
    RegExp Set String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array
    Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet decodeURI
    decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN
    parseFloat parseInt undefined unescape
    """
)

# What the sandbox has beyond the language.
GLOBALS = _names(
    """
    AbortController AbortSignal Blob BroadcastChannel Buffer ByteLengthQueuingStrategy
    CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException
    DecompressionStream ErrorEvent Event EventTarget File FormData Headers Intl MessageChannel
    MessageEvent MessagePort PerformanceEntry PerformanceMark PerformanceMeasure
    ReadableByteStreamController ReadableStream ReadableStreamBYOBReader ReadableStreamBYOBRequest
    ReadableStreamDefaultController ReadableStreamDefaultReader Request Response SubtleCrypto
    TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
    TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream
    WritableStreamDefaultController WritableStreamDefaultWriter atob btoa clearImmediate
    clearInterval clearTimeout console crypto fetch global navigator performance process
    queueMicrotask require self setImmediate setInterval setTimeout structuredClone
    """
)

# Markers that the prelude sets for packages; they offer nothing to use.
MARKS = frozenset({"__zod_globalConfig"})

# Present, but throw when used.
REFUSED_GLOBALS = _names(
    """
    WebSocket
    """
)

# Node modules that work, without "node:".
NODE_MODULES = _names(
    """
    _stream_duplex _stream_passthrough _stream_readable _stream_transform _stream_writable assert
    assert/strict async_hooks buffer console constants crypto diagnostics_channel domain events fs
    fs/promises http https inspector inspector/promises module net os path path/posix path/win32
    perf_hooks process punycode querystring readline readline/promises repl sea stream
    stream/consumers stream/promises stream/web string_decoder sys test test/reporters timers
    timers/promises tls trace_events tty url util util/types v8 vm zlib
    """
)

# Node modules that load, and fail as in a Node without network when used, without "node:".
FAILING_NODE_MODULES = _names("http2")

# Node modules that can be imported, and whose purpose is refused or fails, without "node:".
REFUSED_NODE_MODULES = _names(
    """
    child_process cluster dgram dns dns/promises sqlite wasi worker_threads
    """
)

# Packages that only log or watch: left as imports, they do nothing in a tool's call.
QUIET = _names(
    """
    applicationinsights bunyan consola dd-trace debug langfuse langfuse-langchain
    langfuse-vercel log4js loglayer loglevel newrelic npmlog pino pino-http pino-pretty
    posthog-node prom-client roarr signale tslog winston winston-daily-rotate-file
    """
)
QUIET_SCOPES = _names("@arizeai @langfuse @logtape @opentelemetry @sentry @traceloop")

# Packages that the sandbox has whatever a bundle's framework; each framework declares what it is
# given.
_PROVIDED = re.compile(r"^zod(?:/(?:v3|v4|mini|v4-mini|v4/mini|v4/core))?$")


def node_name(specifier: str) -> str | None:
    """Return "node:x" for a Node module, under either of its names, else None."""
    name = specifier.removeprefix("node:")
    known = NODE_MODULES | FAILING_NODE_MODULES | REFUSED_NODE_MODULES
    if specifier.startswith("node:") or name in known:
        return f"node:{name}"
    return None


def lacks_global(name: str) -> bool:
    """Tell whether the sandbox lacks the global ``name`` or refuses its use."""
    return name not in GLOBALS and name not in LANGUAGE


def lacks_module(name: str) -> bool:
    """Tell whether the sandbox lacks or refuses the module ``name``, as ``node_name`` spells it."""
    if name.startswith("node:"):
        return name[5:] not in NODE_MODULES
    return not is_provided(name)


def is_provided(name: str) -> bool:
    """Tell whether ``name`` is a package that the sandbox provides in its own form."""
    return bool(_PROVIDED.search(name)) or _is_quiet(name)


def _is_quiet(name: str) -> bool:
    first = name.partition("/")[0]
    return first in QUIET or first in QUIET_SCOPES
