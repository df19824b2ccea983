"""The causes of an error are shown as in Node."""

from __future__ import annotations

import pytest

from tests.guest.mapped import run
from tests.guest.sandboxed import Sandbox, run_body
from tests.npm import node

# Expressions of errors: Node's own text of each, without its frames, is what must be shown.
ERRORS = {
    "cause": "new Error('a', {cause: new TypeError('b')})",
    "chain": "new Error('a', {cause: new TypeError('b', {cause: new RangeError('c')})})",
    "no cause": "new Error('a')",
    "many lines": "new Error('a', {cause: new Error('first\\nsecond')})",
    "text": "new Error('a', {cause: 'a text'})",
    "object": "new Error('a', {cause: {code: 1, deep: [1, 2]}})",
    "named": "new Error('a', {cause: Object.assign(new Error('b'), {name: 'Named'})})",
    "errors": "new AggregateError([new Error('x'), new TypeError('y')], 'all')",
    "errors and cause": "new AggregateError([new Error('x', {cause: 5}), 6], 'all', {cause: 7})",
}
IN_NODE = """
const {inspect} = require('util');
const clean = (error, depth = 0) => {
  if (!(error instanceof Error)) return error;
  error.stack = `${error.name}: ${error.message}\\n    at FRAME`;
  clean(error.cause);
  for (const each of error.errors ?? []) clean(each);
  return error;
};
console.log(inspect(clean(%s)));
"""


def without_frames(text: str) -> str:
    """The text without the lines of frames; what closes or opens after one is kept."""
    lines = []
    for line in text.splitlines():
        if not line.lstrip().startswith("at "):
            lines.append(line)
        elif line.endswith(","):
            lines[-1] += ","
        elif line.endswith(" {"):
            lines[-1] += " {"
    return "\n".join(lines)


@pytest.mark.parametrize("name", ERRORS)
def test_cause_layout_matches_node(
    sandbox: Sandbox, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("node")
    judged = run([node(), "-e", IN_NODE % ERRORS[name]], folder).rstrip("\n")
    failure = run_body(sandbox, f"throw {ERRORS[name]}").failure
    shown = f"{failure.name}: {failure.message}\n{failure.stack}"
    assert without_frames(shown) == without_frames(judged)


def test_each_cause_has_its_own_frames(sandbox: Sandbox) -> None:
    body = "\n try { null.x; } catch (cause) {\n throw new Error('outer', {cause}); }"
    stack = run_body(sandbox, body).failure.stack
    lines = stack.splitlines()
    assert lines[0].startswith("    at execute (bundle.js:3:")
    assert lines[0].endswith(" {")
    assert lines[1] == "  [cause]: TypeError: cannot read property 'x' of null"
    assert lines[2].startswith("      at execute (bundle.js:2:")
    assert lines[3] == "}"


def test_cause_chain_depth_is_limited(sandbox: Sandbox) -> None:
    body = """
      let error = new Error('0');
      for (let i = 1; i < 500; i++) error = new Error(i, {cause: error});
      throw error;
    """
    stack = run_body(sandbox, body).failure.stack
    assert 3 <= stack.count("[cause]") <= 5
    assert "[Error: 494]" in stack


def test_cause_size_is_limited(sandbox: Sandbox) -> None:
    body = """
      const wide = (depth) => new AggregateError(
        Array.from({length: depth === 0 ? 0 : 20}, () => wide(depth - 1)), 'm'.repeat(500));
      throw wide(3);
    """
    failure = run_body(sandbox, body).failure
    assert len(failure.stack) <= 8192
    assert "[errors]: [" in failure.stack


def test_cause_cycles_end(sandbox: Sandbox) -> None:
    body = "const a = new Error('a'), b = new Error('b', {cause: a}); a.cause = b; throw a"
    assert "[cause]: [Circular]" in run_body(sandbox, body).failure.stack


@pytest.mark.parametrize(
    "cause",
    [
        "{get cause() { throw 1; }, message: 'm'}",
        "new Proxy(new Error('p'), {get() { throw 1; }, getOwnPropertyDescriptor() { throw 1; }})",
        "new Proxy([], {get() { throw 1; }})",
        "{message: 'm', get stack() { throw 1; }, errors: {length: 1e9}}",
        "Object.assign(new Error('x'), {errors: new Proxy([], {get: () => 1e9})})",
        "Symbol('s')",
        "(() => { const r = Proxy.revocable([], {}); r.revoke(); return r.proxy; })()",
    ],
)
def test_hostile_cause_does_not_hide_error(sandbox: Sandbox, cause: str) -> None:
    failure = run_body(sandbox, f"throw new Error('true reason', {{cause: {cause}}})").failure
    said = (failure.kind.name, failure.name, failure.message)
    assert said == ("THROWN", "Error", "true reason")
    assert failure.stack.startswith("    at execute (bundle.js:1:")
