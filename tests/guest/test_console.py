"""Console lines: levels, formatting as in Node, and limits."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox, run_body


@pytest.mark.parametrize("level", ["debug", "log", "info", "warn", "error"])
def test_console_levels_are_kept(sandbox: Sandbox, level: str) -> None:
    assert run_body(sandbox, f"console.{level}('a', 1)").console == [(level, "a 1")]


LINES = {
    "'%s %d %i %f %j%%', 'x', 4.5, 4.5, '1.5', [1]": "x 4.5 4 1.5 [1]%",
    "{'b-c': 'it\\'s', [Symbol('s')]: null}": "{ 'b-c': \"it's\", Symbol(s): null }",
    "[1, -0, 2n, undefined, null, true]": "[ 1, -0, 2n, undefined, null, true ]",
    "{a: {b: {c: {d: 1}}}}": "{ a: { b: { c: [Object] } } }",
    "new Map([['k', {v: 1}]]), new Set([1])": "Map(1) { 'k' => { v: 1 } } Set(1) { 1 }",
    "new (class Point { x = 1 })": "Point { x: 1 }",
    "Object.create(null)": "[Object: null prototype] {}",
    "() => 1, function f() {}, class A {}": "[Function (anonymous)] [Function: f] [class A]",
    "new Date(0), /x/g, Symbol('s')": "1970-01-01T00:00:00.000Z /x/g Symbol(s)",
    "new Uint8Array([1, 2])": "Uint8Array(2) [ 1, 2 ]",
    "{get a() { throw 1 }}": "{ a: [Getter] }",
    "(() => { const o = {}; return (o.o = o); })()": "<ref *1> { o: [Circular *1] }",
    "new Error('bad', {cause: 1}).message, ''": "bad ",
    "[]": "[]",
    "'plain', ['quoted']": "plain [ 'quoted' ]",
}


def test_console_formats_values_as_node(sandbox: Sandbox) -> None:
    body = "\n".join(f"console.log({arguments});" for arguments in LINES)
    lines = [text for _, text in run_body(sandbox, body).console]
    assert dict(zip(LINES, lines, strict=True)) == LINES


def test_logged_errors_show_bundle_frames(sandbox: Sandbox) -> None:
    [(_, text)] = run_body(sandbox, "console.log(new TypeError('bad'))").console
    assert text.startswith("TypeError: bad\n    at execute (bundle.js:1:")
    assert "caisson:" not in text


def test_wide_objects_span_several_lines(sandbox: Sandbox) -> None:
    [(_, text)] = run_body(sandbox, "console.log({name: 'x'.repeat(60), other: [1, 2, 3]})").console
    assert text == "{\n  name: '" + "x" * 60 + "',\n  other: [ 1, 2, 3 ]\n}"


def test_console_output_is_limited(sandbox: Sandbox) -> None:
    body = """
      console.log(Array(1e5).fill('item'));
      console.log('x'.repeat(1e6));
      const deep = {}; let at = deep; for (let i = 0; i < 1e5; i++) at = at.next = {};
      console.dir(deep, {depth: null});
      const wide = {}; for (let i = 0; i < 1e4; i++) wide['k' + i] = {a: [1, 2, 3]};
      console.log(wide);
    """
    lines = run_body(sandbox, body).console
    assert len(lines) == 4
    assert all(len(text) < 20_000 for _, text in lines)
    assert "... 99900 more items" in lines[0][1]
    assert "more characters" in lines[1][1]


def test_unprintable_value_does_not_fail_tool(sandbox: Sandbox) -> None:
    body = """
      console.log(new Proxy({}, {get() { throw 1; }, ownKeys() { throw 2; }}), 'after');
      console.log('%s %d %j', Symbol('a'), Symbol('b'), {toJSON() { throw 3; }});
      return 'done';
    """
    ran = run_body(sandbox, body)
    assert ran.value == "done"
    assert [text for _, text in ran.console] == [
        "[cannot be shown] after",
        "Symbol(a) NaN [Circular]",
    ]


def test_console_groups_tables_counts_and_timers_work(sandbox: Sandbox) -> None:
    body = """
      console.group('g'); console.log('in\\nside'); console.groupEnd(); console.log('out');
      console.table([{a: 1, b: 'x'}, {a: 2}]);
      console.count(); console.count();
      console.time('t'); console.timeEnd('t');
      console.assert(true, 'unseen'); console.assert(false, 'seen %d', 1);
      console.trace('here');
    """
    lines = [text for _, text in run_body(sandbox, body).console]
    assert lines[:3] == ["g", "  in\n  side", "out"]
    assert lines[3].splitlines()[1] == "│ (index) │ a │ b   │"
    assert lines[4:7] == ["default: 1", "default: 2", "t: 0ms"]
    assert lines[7] == "Assertion failed: seen 1"
    assert lines[8].startswith("Trace: here\n    at execute (bundle.js:")


def test_load_lines_stay_with_the_load(sandbox: Sandbox) -> None:
    assert sandbox.load("console.info('top')").ran.console == [("info", "top")]
