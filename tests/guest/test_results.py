"""What a tool returns becomes JSON, and what it throws becomes a failure with its kind."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox, run_body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return {a: [1, 'x', null, true]}", {"a": [1, "x", None, True]}),
        ("return undefined", None),
        ("return () => 1", None),
        ("return new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("return {toJSON: () => 'own form'}", "own form"),
        ("return {then: (resolve) => resolve(5)}", 5),
        ("return (async function* () { yield 1; yield {last: true}; })()", {"last": True}),
        ("return 'half a pair: \\ud800'", "half a pair: \ud800"),
    ],
)
def test_result_is_serialised_as_json(sandbox: Sandbox, body: str, expected: object) -> None:
    assert run_body(sandbox, body).value == expected


def test_async_generator_tool_returns_last_yielded_value(sandbox: Sandbox) -> None:
    source = "exports.agents = {main: {tools: {t: {async *execute() { yield 1; yield 2; }}}}};"
    assert sandbox.load(source, module=False).call("t").value == 2


def test_bigint_error_names_its_path(sandbox: Sandbox) -> None:
    failure = run_body(sandbox, "return {rows: [{id: 1n}]}").failure
    assert failure.kind.name == "THROWN"
    assert failure.name == "TypeError"
    assert "result.rows[0].id is a BigInt" in failure.message


def test_cycle_error_names_its_path(sandbox: Sandbox) -> None:
    failure = run_body(sandbox, "const o = {}; o.a = {b: o}; return o").failure
    assert "result.a.b refers back" in failure.message


@pytest.mark.parametrize(
    ("body", "name", "message"),
    [
        ("throw new TypeError('bad')", "TypeError", "bad"),
        ("throw 'just text'", "", "just text"),
        ("throw {code: 7}", "", "{ code: 7 }"),
        ("throw null", "", "null"),
        ("throw new AggregateError([new Error('inner')])", "AggregateError", "inner"),
        ("class Odd extends Error {}; throw new Odd()", "Error", "Error without a message"),
        ("throw {get message() { throw 1 }}", "", "{ message: [Getter] }"),
        ("throw new Proxy({}, {get() { throw 1 }, ownKeys() { throw 2 }})", "", "cannot be shown"),
    ],
)
def test_thrown_values_become_failures(
    sandbox: Sandbox, body: str, name: str, message: str
) -> None:
    failure = run_body(sandbox, body).failure
    assert (failure.kind.name, failure.name) == ("THROWN", name)
    assert message in failure.message


def test_endless_recursion_overflows_stack(sandbox: Sandbox) -> None:
    assert run_body(sandbox, "const f = () => f() + 1; return f()").kind == "STACK_OVERFLOW"


def test_promise_that_cannot_settle_ends_call_at_once(sandbox: Sandbox) -> None:
    failure = run_body(sandbox, "await new Promise(() => {})").failure
    assert failure.kind.name == "NEVER_SETTLED"
    assert "nothing can settle" in failure.message


def test_unhandled_rejection_explains_unsettled_promise(sandbox: Sandbox) -> None:
    body = "Promise.reject(new Error('lost connection')); await new Promise(() => {})"
    failure = run_body(sandbox, body).failure
    assert failure.kind.name == "NEVER_SETTLED"
    assert "lost connection" in failure.message


def test_tampering_with_builtins_cannot_spoil_report(sandbox: Sandbox) -> None:
    body = (
        "JSON.stringify = () => 'x'; JSON.parse = null; Promise.prototype.then = null; "
        "Array.prototype.push = null; Array.prototype[Symbol.iterator] = null; "
        "String.prototype.split = null; Object.keys = null; Date.now = null; "
    )
    assert run_body(sandbox, body + "return {ok: 1}").value == {"ok": 1}
    assert (
        run_body(sandbox, body + "throw new RangeError('still told')").failure.name == "RangeError"
    )


def test_throwing_top_level_fails_load(sandbox: Sandbox) -> None:
    for module in (True, False):
        failure = sandbox.load("throw new Error('not today')", module=module).ran.failure
        assert (failure.kind.name, failure.message) == ("LOAD_FAILED", "not today")


def test_syntax_error_has_a_position(sandbox: Sandbox) -> None:
    for module in (True, False):
        failure = sandbox.load("let a = 1;\nlet b = = 2;", module=module).ran.failure
        assert (failure.kind.name, failure.name) == ("LOAD_FAILED", "SyntaxError")
        assert "bundle.js:2:9" in failure.stack


def test_top_level_await_may_use_timers(sandbox: Sandbox) -> None:
    head = "const late = await new Promise((resolve) => setTimeout(resolve, 5, 'there')); "
    assert run_body(sandbox, "return late", head=head).value == "there"


def test_top_level_await_that_never_settles_fails_load(sandbox: Sandbox) -> None:
    failure = sandbox.load("await new Promise(() => {})").ran.failure
    assert failure.kind.name == "NEVER_SETTLED"
    assert "top level" in failure.message
