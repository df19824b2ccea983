"""Modules that reach outside the sandbox can be imported; using them is refused."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox, run_body

MODULES = {
    "child_process": "execSync('id')",
    "dgram": "createSocket('udp4')",
}


def bundle_of(name: str, use: str) -> str:
    """Return a module that imports ``name`` in every way, with a tool for each."""
    member = use.partition("(")[0]
    return f"""
      import * as star from "node:{name}"; import whole from "{name}";
      import {{ {member} as named }} from "node:{name}";
      const tools = {{
        star: {{execute: async () => star.{use}}},
        whole: {{execute: async () => whole.{use}}},
        named: {{execute: async () => named{use[len(member) :]}}},
        dynamic: {{execute: async () => {{ const late = await import("{name}"); late.{use} }}}},
        required: {{execute: async () => require("node:{name}").{use}}},
      }};
      export const agents = {{main: {{tools}}}};
    """


@pytest.mark.parametrize(("name", "use"), MODULES.items())
def test_node_module_use_is_denied(sandbox: Sandbox, name: str, use: str) -> None:
    loaded = sandbox.load(bundle_of(name, use))
    for form in ("star", "whole", "named", "dynamic", "required"):
        failure = loaded.call(form).failure
        assert (form, failure.kind.name) == (form, "CAPABILITY_DENIED")
        assert failure.name == "CapabilityDeniedError"
        assert failure.message.startswith(f"this tool called {name}.{use.partition('(')[0]}: ")


# What fails late, and nobody catches, fails the call as a refusal: a callback's error that is
# thrown, an `error` event without a listener, a rejection that is awaited.
LATE = {
    "child_process.exec": "require('child_process').exec('ls', (e) => reject(e))",
    "child_process.spawn": "require('child_process').spawn('ls')",
    "child_process.fork": "require('child_process').fork('x.js')",
    "worker_threads.Worker": "new (require('worker_threads').Worker)('x.js')",
    "cluster.fork": "require('cluster').fork()",
    "dns.lookup": "require('dns').lookup('x.test', (e) => { throw e; })",
    "dns.promises.lookup": "require('dns/promises').lookup('x.test').catch(reject)",
    "dns.resolve4": "require('dns').resolve4('x.test', reject)",
    "child_process.execSync": "require('child_process').execSync('ls')",
    "process.kill": "process.kill(2, 0)",
    "process.setuid": "process.setuid(0)",
    "os.setPriority": "require('os').setPriority(1)",
    "tty.WriteStream": "new (require('tty').WriteStream)(1)",
}


@pytest.fixture(scope="module")
def late(sandbox: Sandbox) -> Loaded:
    """Return a script with a tool for each late failure."""
    tools = ", ".join(
        f"'{name}': {{execute: () => new Promise((resolve, reject) => {{ {use} ; }})}}"
        for name, use in LATE.items()
    )
    return sandbox.load(f"exports.agents = {{main: {{tools: {{{tools}}}}}}};", module=False)


@pytest.mark.parametrize("name", LATE)
def test_late_failure_that_nobody_catches_is_a_refusal(late: Loaded, name: str) -> None:
    failure = late.call(name).failure
    assert failure.kind.name == "CAPABILITY_DENIED"
    assert failure.message.startswith(f"this tool called {name}: the sandbox ")


@pytest.mark.parametrize(
    ("resource", "host"),
    [
        ("'https://api.example.com:8443/x?y=1'", "api.example.com:8443"),
        ("new URL('http://10.0.0.1/')", "10.0.0.1"),
        ("new Request('https://example.com', {method: 'POST', body: 'x'})", "example.com"),
    ],
)
def test_fetch_refusal_names_its_host(sandbox: Sandbox, resource: str, host: str) -> None:
    failure = run_body(sandbox, f"return fetch({resource})").failure
    assert failure.kind.name == "CAPABILITY_DENIED"
    assert failure.message.startswith(f"fetch to {host} was not granted")


def test_wrapped_refusal_stays_a_refusal(sandbox: Sandbox) -> None:
    body = """
      try { await fetch('https://example.com'); }
      catch (error) { throw new Error('weather is away', {cause: error}); }
    """
    failure = run_body(sandbox, body).failure
    assert (failure.kind.name, failure.message) == ("CAPABILITY_DENIED", "weather is away")
    assert "  [cause]: CapabilityDeniedError: fetch to example.com" in failure.stack


def test_refusal_can_be_caught(sandbox: Sandbox) -> None:
    body = "try { await fetch('https://x.test'); } catch (error) { return error instanceof Error; }"
    assert run_body(sandbox, body).value is True


def test_failure_kind_cannot_be_forged(sandbox: Sandbox) -> None:
    body = """
      const fake = new Error('forged');
      fake.name = 'CapabilityDeniedError'; fake.kind = 'CAPABILITY_DENIED';
      throw fake;
    """
    assert run_body(sandbox, body).kind == "THROWN"


def test_web_sockets_are_refused(sandbox: Sandbox) -> None:
    assert run_body(sandbox, "new WebSocket('wss://x.test')").kind == "CAPABILITY_DENIED"


def test_environment_and_host_are_hidden(sandbox: Sandbox) -> None:
    body = """
      const os = require('os');
      return [Object.keys(process.env), process.env.HOME ?? null, process.argv, process.cwd(),
              os.hostname(), os.cpus()[0].model, typeof std, typeof os_, typeof native];
    """
    expected = [[], None, ["node", "/main.js"], "/", "caisson", "", *["undefined"] * 3]
    assert run_body(sandbox, body, module=False).value == expected


def test_process_exit_is_refused(sandbox: Sandbox) -> None:
    failure = run_body(sandbox, "process.exit(1)").failure
    assert "process.exit(1)" in failure.message


def test_harmless_members_work_during_load(sandbox: Sandbox) -> None:
    head = """
      import https from "node:https"; import net from "net"; import fs, { constants } from "fs";
      const agent = new https.Agent({keepAlive: true});
      class Mine extends fs.ReadStream {}
    """
    body = "return [net.isIP('::1'), net.isIP('1.2.3.4'), net.isIP('x'), constants.R_OK]"
    assert run_body(sandbox, body, head=head).value == [6, 4, 0, 4]


@pytest.mark.parametrize(
    ("use", "what"),
    [
        (
            "new Intl.DateTimeFormat('en', {calendar: 'chinese'}).format(-2e13)",
            'the calendar "chinese"',
        ),
        ("require('vm').createContext()", "vm.createContext"),
        ("require('v8').getHeapSnapshot()", "heap snapshots"),
        ("new (require('wasi').WASI)()", "wasi.WASI"),
    ],
)
def test_missing_feature_differs_from_denied_one(sandbox: Sandbox, use: str, what: str) -> None:
    failure = run_body(sandbox, use).failure
    assert (failure.kind.name, failure.name) == ("THROWN", "NotAvailableError")
    assert what in failure.message
