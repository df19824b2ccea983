"""Globals and modules of the platform that hold no state of a program."""

from __future__ import annotations

GLOBAL_OBJECTS = frozenset({"globalThis", "global", "self", "window", "process"})
STATELESS = frozenset(
    "Object Function Array Number Boolean String Symbol BigInt Math JSON Reflect Proxy Promise Date "
    "RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError "
    "Map Set WeakMap WeakSet WeakRef FinalizationRegistry ArrayBuffer SharedArrayBuffer DataView "
    "Atomics Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array "
    "Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Iterator Intl "
    "parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI "
    "escape unescape NaN Infinity undefined console URL URLSearchParams TextEncoder TextDecoder "
    "AbortController AbortSignal Headers Request Response Blob File FormData ReadableStream "
    "WritableStream TransformStream Event EventTarget CustomEvent DOMException structuredClone atob "
    "btoa queueMicrotask setTimeout clearTimeout setInterval clearInterval setImmediate "
    "clearImmediate Buffer fetch performance crypto navigator require".split()
)
# Constructors and functions without an effect but on what they make.
MAKERS = frozenset(
    "Map Set WeakMap WeakSet WeakRef Symbol Date RegExp Error TypeError RangeError ArrayBuffer "
    "Uint8Array Uint16Array Uint32Array Int32Array Float64Array TextEncoder TextDecoder URL "
    "URLSearchParams AbortController String Number Boolean BigInt".split()
)
# Modules of Node that share something between statements of a program.
_WITH_STATE = frozenset({"fs", "fs/promises"})


def is_stateless_module(name: str) -> bool:
    """Tell whether a package is a module of Node that holds no state of the program."""
    plain = name.removeprefix("node:")
    is_node = name.startswith("node:") or plain.partition("/")[0] in _NODE
    return is_node and plain not in _WITH_STATE


_NODE = frozenset(
    "assert async_hooks buffer child_process cluster console constants crypto dgram "
    "diagnostics_channel dns events fs http http2 https inspector module net os path perf_hooks "
    "process punycode querystring readline repl stream string_decoder sys timers tls tty url util "
    "v8 vm wasi worker_threads zlib".split()
)
