"""Node's network modules fail in Node's terms; a refusal that leaves the tool is told as one."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox, run_body

# What each reports as its `error` event without a grant.
USES = {
    "http.get": "http.get('http://x.test/')",
    "http.request": "http.request({hostname: 'x.test', method: 'POST'})",
    "https.request": "https.request('https://x.test/').end()",
    "net.connect": "net.connect(80, 'x.test')",
    "net.Socket": "new net.Socket().connect({port: 80, host: 'x.test'})",
    "net path": "net.connect('/var/run/docker.sock')",
    "tls.connect": "tls.connect({host: 'x.test', port: 443})",
    "http2.connect": "http2.connect('https://x.test')",
}
HEAD = """
  import http from "node:http"; import https from "https"; import net from "node:net";
  import tls from "node:tls"; import http2 from "node:http2";
  const failure = (emitter) => new Promise((resolve, reject) => {
    emitter.on("error", reject); emitter.on("response", resolve); emitter.on("connect", resolve);
  });
"""


@pytest.mark.parametrize("name", USES)
def test_ungranted_connection_is_refused_by_an_event(sandbox: Sandbox, name: str) -> None:
    body = """
      const emitter = %s;
      if (input.thrown) await failure(emitter);
      const error = await failure(emitter).catch((caught) => caught);
      return [error.code, error.errno, error.syscall, error instanceof Error];
    """
    caught = run_body(sandbox, body % USES[name], head=HEAD).value
    assert caught == ["ECONNREFUSED", -111, "connect", True]
    thrown = run_body(sandbox, body % USES[name], {"thrown": True}, head=HEAD)
    assert thrown.kind == "CAPABILITY_DENIED"
    assert "sandbox" in thrown.failure.message


WRAPPED = {
    "cause": "Object.assign(new Error('away'), {cause: error})",
    "aggregate": "new AggregateError([new Error('x'), error], 'away')",
    "original, as Slack has it": "Object.assign(new Error('away'), {original: error})",
    "detail, as Stripe has it": "Object.assign(new Error('away'), {detail: error})",
    "its text, as node-fetch has it": "new Error('away, reason: ' + error.message)",
}


@pytest.mark.parametrize("form", WRAPPED)
def test_refusal_behind_an_error_of_a_client_is_told(sandbox: Sandbox, form: str) -> None:
    body = f"""
      try {{ await failure(http.get('http://x.test/')); }}
      catch (error) {{ throw {WRAPPED[form]}; }}
    """
    failure = run_body(sandbox, body, head=HEAD).failure
    assert failure.kind.name == "CAPABILITY_DENIED"
    assert "fetch to x.test was not granted" in failure.message + failure.stack


def test_text_of_an_earlier_refusal_is_no_refusal(sandbox: Sandbox) -> None:
    """Only a refusal of the same call counts: the text alone cannot be forged."""
    body = "throw new Error('fetch to x.test was not granted: the sandbox has no network unless')"
    assert run_body(sandbox, body).kind == "THROWN"


def test_servers_listen_to_nothing_and_hold_no_load(sandbox: Sandbox) -> None:
    head = """
      import http from "node:http"; import https from "node:https"; import net from "node:net";
      const seen = [];
      for (const [name, module] of Object.entries({http, https, net})) {
        const server = module.createServer(() => {}).listen(0, () => {
          seen.push([name, server.listening, typeof server.address().port]);
        });
      }
      await new Promise((resolve) => http.createServer().listen(3000, "127.0.0.1", resolve));
    """
    assert run_body(sandbox, "return seen", head=head).value == [
        [name, True, "number"] for name in ("http", "https", "net")
    ]


@pytest.mark.parametrize(
    ("use", "said"),
    [
        ("http.get('http://x.test/', {headers: {upgrade: 'websocket'}})", "asks for websocket"),
        ("http.request({host: 'x.test', method: 'CONNECT'})", "asks for a tunnel"),
        ("http.get({socketPath: '/var/run/docker.sock'})", "no Unix sockets"),
        ("https.get('https://x.test/', {cert: 'x', key: 'y'})", "client certificate"),
        ("http.get('http://x.test/', {headers: {host: 'y.test'}})", "Host header y.test"),
    ],
)
def test_what_http_cannot_do_is_told(sandbox: Sandbox, use: str, said: str) -> None:
    failure = run_body(sandbox, f"await failure({use})", head=HEAD).failure
    assert failure.kind.name == "CAPABILITY_DENIED"
    assert said in failure.message


PROXY = """
  class ProxyAgent extends http.Agent {
    createSocket(request, options, callback) {
      const socket = net.connect(8080, "proxy.test");
      socket.write("CONNECT x.test:80 HTTP/1.1\\r\\nHost: x.test:80\\r\\n\\r\\n");
      socket.on("error", callback);
    }
  }
  class PlainProxyAgent extends http.Agent {
    createConnection() { return net.connect(8080, "proxy.test"); }
  }
"""


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("ProxyAgent", "is for a tunnel to x.test:80, and sockets of the sandbox carry only"),
        ("PlainProxyAgent", "goes through a proxy or a socket of its own"),
    ],
)
def test_proxy_of_a_tool_is_refused(sandbox: Sandbox, agent: str, said: str) -> None:
    body = f"await failure(http.get('http://x.test/', {{agent: new {agent}()}}))"
    tools = f"{{t: {{execute: async () => {{{body}}}}}}}"
    source = f"{HEAD}{PROXY}export const agents = {{main: {{tools: {tools}}}}};"
    ran = sandbox.load(source).call("t", granted={"fetch": lambda _: {"output": {}}})
    assert ran.kind == "CAPABILITY_DENIED"
    assert said in ran.failure.message


def test_only_bundles_with_undici_see_webassembly(sandbox: Sandbox) -> None:
    body = """
      try { new WebAssembly.Module(new Uint8Array(8)); }
      catch (error) { return [typeof WebAssembly, error.name]; }
    """
    plain = run_body(sandbox, body, head='import net from "node:net";').value
    assert plain == ["undefined", "ReferenceError"]
    carries = 'import net from "node:net"; const parser = {wasm_on_headers_complete: 1};'
    assert run_body(sandbox, body, head=carries).value == ["object", "CompileError"]
