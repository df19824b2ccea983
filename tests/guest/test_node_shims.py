"""Node's pure modules, through ``require`` and under both spellings of their names."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox

BODIES = {
    "path": (
        """
        const p = require('node:path');
        return [p.join('/a', '..', 'b'), p.basename('/x/y.js', '.js')]
        """,
        ["/b", "y"],
    ),
    "util": (
        """
        const u = require('util');
        const plus = u.promisify((x, done) => done(null, x + 1));
        return [u.format('%s %j', 'a', [1]), u.inspect({a: 1}), await plus(1),
                u.isDeepStrictEqual({a: [1]}, {a: [1]}), u.types.isDate(new Date())]
        """,
        ["a [1]", "{ a: 1 }", 2, True, True],
    ),
    "events": (
        """
        const { EventEmitter, once } = require('events');
        const emitter = new EventEmitter();
        setTimeout(() => emitter.emit('x', 5), 1);
        return once(emitter, 'x')
        """,
        [5],
    ),
    "stream": (
        """
        const { Readable, Transform, promises } = require('node:stream');
        const out = [];
        const transform = (c, e, done) => done(null, String(c).toUpperCase());
        const upper = new Transform({transform});
        await promises.pipeline(Readable.from(['a', 'b']), upper, async (source) => {
          for await (const chunk of source) out.push(String(chunk));
        });
        return out.join('')
        """,
        "AB",
    ),
    "crypto": (
        """
        const c = require('crypto');
        return [c.createHash('md5').update('a').digest('hex'), c.randomBytes(3).length,
                c.createHmac('sha1', 'k').update('v').digest('base64'), c.randomInt(1),
                c.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))]
        """,
        ["0cc175b9c0f1b6a831c399e269772661", 3, "lPxqL36JuBls904QeajBHrZ5pVI=", 0, True],
    ),
    "buffer": ("return require('buffer').Buffer.from('ff', 'hex')[0]", 255),
    "url": (
        """
        const u = require('url');
        return [u.parse('http://a/b?c=d', true).query, u.resolve('/a/b', 'c')]
        """,
        [{"c": "d"}, "/a/c"],
    ),
    "querystring": (
        "return require('querystring').stringify({a: [1, 2], b: 'x y'})",
        "a=1&a=2&b=x%20y",
    ),
    "string_decoder": (
        """
        const d = new (require('string_decoder').StringDecoder)();
        return d.write(Buffer.from([0xc3])) + d.write(Buffer.from([0xa9]))
        """,
        "é",
    ),
    "async_hooks": (
        """
        const a = new (require('async_hooks').AsyncLocalStorage)();
        return a.run(5, async () => { await 1; return a.getStore(); })
        """,
        5,
    ),
    "timers/promises": ("return require('timers/promises').setTimeout(1, 'v')", "v"),
    "os": ("const os = require('os'); return [os.EOL, os.platform()]", ["\n", "linux"]),
    "module": ("return require('module').createRequire('file:///x')('path').sep", "/"),
    "perf_hooks": ("return typeof require('perf_hooks').performance.now()", "number"),
    "diagnostics_channel": (
        """
        const c = require('diagnostics_channel').channel('x');
        const seen = [];
        c.subscribe((m) => seen.push(m));
        c.publish(1);
        return seen
        """,
        [1],
    ),
    "getBuiltinModule": ("return process.getBuiltinModule('node:os') === require('os')", True),
}


@pytest.fixture(scope="module")
def shims(sandbox: Sandbox) -> Loaded:
    """Return a script with a tool for each body."""
    tools = ", ".join(
        f"'{name}': {{async execute() {{ {body} }}}}" for name, (body, _) in BODIES.items()
    )
    return sandbox.load(f"exports.agents = {{main: {{tools: {{{tools}}}}}}};", module=False)


@pytest.mark.parametrize("name", BODIES)
def test_node_shims_behave_as_listed(shims: Loaded, name: str) -> None:
    assert shims.call(name).value == BODIES[name][1]


def test_failed_assertion_is_an_assertion_error(sandbox: Sandbox) -> None:
    source = (
        "const assert = require('assert'); exports.agents = {main: {tools: {t: {execute() {"
        "assert.deepStrictEqual({a: 1}, {a: 1});"
        "assert.throws(() => { throw new TypeError('x'); }, TypeError);"
        "assert.strictEqual(1, 2); }}}}};"
    )
    failure = sandbox.load(source, module=False).call("t").failure
    assert (failure.name, failure.message) == (
        "AssertionError",
        "Expected values to be strictly equal:\n\n1 !== 2\n",
    )
