"""Globals and modules of the platform that hold no state of a program."""

from __future__ import annotations

GLOBAL_OBJECTS = frozenset({"globalThis", "global", "self", "window", "process"})
# Members of global objects whose reading shares nothing between statements of a program.
PLAIN_MEMBERS = frozenset(
    "Deno Bun arch argv browser cwd document emitWarning env execArgv execPath hrtime location "
    "memoryUsage navigator nextTick off on once pid platform process release stderr stdin stdout "
    "title uptime version versions exit abort crypto performance fetch".split()
)
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
# Modules of Node that share nothing between statements of a program.
STATELESS_MODULES = frozenset(
    "assert buffer crypto os path path/posix querystring string_decoder url util util/types "
    "zlib".split()
)


def is_stateless_module(name: str) -> bool:
    """Tell whether a package is a module of Node that holds no state."""
    return name.removeprefix("node:") in STATELESS_MODULES
