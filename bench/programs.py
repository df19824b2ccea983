"""The bundles that the benches call: a real one, and others derived from it or handwritten.

Each has the agent ``main`` with the trivial tool ``t``, which peers call in the same way; the real
one also has ``wait``, which writes a line and then waits forever.
"""

from __future__ import annotations

import hashlib

from services.toolrunner.domain import Limits, Program, ToolCall

AGENT, TOOL = "main", "t"
TRIVIAL = b"exports.agents={main:{tools:{t:{execute:async()=>1}}}};\n"
# The export is added to the real bundle's own, since a minified bundle sets `module.exports`.
BESIDE = b"""
;module.exports.agents={main:{tools:{
t:{execute:async()=>1},
wait:{execute:()=>new Promise((done)=>{console.log("waits");setTimeout(done,3e6)})},
}}};
"""
# A tool of the real bundle whose input the bundle's own zod checks before the tool runs.
CHECKED = ToolCall(
    "zoo",
    "simple",
    '{"yes":true,"none":null,"any":1,"unknown":1,"color":"red","level":1,"kind":"kind","one":1}',
    "{}",
    "call",
    (),
    Limits(),
)


def program_of(source: bytes, *, is_module: bool = False) -> Program:
    """Return a program of a text."""
    return Program(f"sha256:{hashlib.sha256(source).hexdigest()}", is_module, source)


def real_bundle(minified: bytes) -> bytes:
    """Return a real CommonJS bundle with two small tools added to its exports."""
    return minified + BESIDE


def padded(size: int) -> bytes:
    """Return a bundle of ``size`` bytes that is a trivial tool and a comment."""
    return TRIVIAL + b"//" + b"x" * (size - len(TRIVIAL) - 2)


def repeated(minified: bytes, size: int) -> bytes:
    """Return copies of a real bundle, each in its own scope, at least ``size`` bytes."""
    copy = b"((exports,module)=>{" + minified + b"\n})({},{exports:{}});\n"
    return copy * -(-size // len(copy)) + TRIVIAL


def call_of(tool: str = TOOL, limits: Limits | None = None) -> ToolCall:
    """Return a call of a tool of the agent ``main``."""
    return ToolCall(AGENT, tool, "{}", "{}", "call", (), limits or Limits())
