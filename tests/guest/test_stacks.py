"""Stacks refer to the bundle as sent, without the sandbox's own frames."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox


@pytest.mark.parametrize("module", [True, False])
def test_first_line_columns_match_bundle(sandbox: Sandbox, module: bool) -> None:
    start = "export const" if module else "exports.agents = 0; var"
    source = (
        f"{start} agents = {{main: {{tools: {{t: {{execute() {{ throw new Error('x') }}}}}}}}}};"
    )
    source += "" if module else " exports.agents = agents;"
    failure = sandbox.load(source, module=module).call("t").failure
    column = source.index("new Error") + 1
    line = failure.stack.splitlines()[0]
    assert line.startswith("    at execute (bundle.js:1:")
    assert abs(int(line.rstrip(")").rsplit(":", maxsplit=1)[1]) - column) <= len("new Error(")


@pytest.mark.parametrize("module", [True, False])
def test_lines_match_bundle(sandbox: Sandbox, module: bool) -> None:
    start = "export const" if module else "const"
    source = (
        "\n\nfunction inner() {\n  throw new Error('x');\n}\nasync function outer() {\n  await 1;\n"
        f"  inner();\n}}\n{start} agents = {{main: {{tools: {{t: {{execute: outer}}}}}}}};\n"
    )
    source += "" if module else "module.exports = {agents};"
    stack = sandbox.load(source, module=module).call("t").failure.stack
    assert [line.split(":")[1] for line in stack.splitlines()] == ["4", "8"]


def test_prelude_frames_are_left_out(sandbox: Sandbox) -> None:
    source = (
        "export const agents = {main: {tools: {t: {execute: () => "
        "new URLSearchParams('a=1').forEach(() => { throw new Error('inside'); })}}}};"
    )
    stack = sandbox.load(source).call("t").failure.stack
    assert "bundle.js:1:" in stack
    assert "caisson:" not in stack


def test_stack_is_limited(sandbox: Sandbox) -> None:
    source = (
        "export const agents = {main: {tools: {t: {execute() { Error.stackTraceLimit = 1e6; "
        "const f = (n) => { if (n === 0) throw new Error('deep'); f(n - 1); }; f(900); }}}}};"
    )
    assert len(sandbox.load(source).call("t").failure.stack.splitlines()) <= 40


def test_forged_stack_is_harmless(sandbox: Sandbox) -> None:
    source = (
        "export const agents = {main: {tools: {t: {execute() { const error = new Error('x'); "
        "Object.defineProperty(error, 'stack', {get() { throw 1; }}); throw error; }}}}};"
    )
    failure = sandbox.load(source).call("t").failure
    assert (failure.message, failure.stack) == ("x", "")
