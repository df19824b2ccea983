"""A granted ``fetch`` still works after a tool has spoiled the language, wherever Node's does."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.guest.sandboxed import Loaded, Sandbox
from tests.guest.test_host_calls import answer

SOURCE = (Path(__file__).parent / "poisons.js").read_text()
WORKS = """
const ask = fetch;
const ASKED = {
  text: async (url) => { const got = await ask(url); return `${got.status} ${await got.text()}`; },
  json: async (url) => `${(await (await ask(url)).json()).ok}`,
  posted: async (url) => {
    const got = await ask(url, {method: "POST", headers: {"x-a": "1"}, body: "hello"});
    return `${got.status} ${got.headers.get("x-b")}`;
  },
};
const tried = async (poison, work, url) => {
  try {
    POISONS[poison]();
    return await ASKED[work](url);
  } catch {
    return "failed";
  }
};
"""
TOOL = "exports.agents.main.tools.ask = {execute: (of) => tried(of.poison, of.work, of.url)};"
IN_NODE = """
const {writeSync} = require("node:fs");
const {exit} = process;
const end = (text) => { writeSync(1, text); exit(0); };
process.on("uncaughtException", () => end("failed"));
setTimeout(end, 5000, "failed");
const [poison, work, url] = process.argv.slice(2);
tried(poison, work, url).then(end);
"""
BODY = '{"ok": true}'
EXPECTED = {"text": f"200 {BODY}", "json": "true", "posted": "200 2"}
# The ways after which Node's own fetch fails too: undici looks these up.
FAIL_IN_NODE = {
    *("accessor element of arrays", "accessor of the second element", "fields of objects"),
    *("globals", "iterators", "methods", "read-only element of arrays", "regular expressions"),
    *("species", "statics"),
}


class Answering(BaseHTTPRequestHandler):
    """Answers every request alike."""

    def do_GET(self) -> None:
        """Read a body, and answer."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(200)
        self.send_header("x-b", "2")
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY.encode())

    def do_POST(self) -> None:
        """Answer as for any other request."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Serve on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/a"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def loaded(sandbox: Sandbox) -> Loaded:
    """Return the program with all poisons and requests."""
    return sandbox.load(SOURCE + WORKS + TOOL, module=False)


def poisons(loaded: Loaded) -> list[str]:
    """Return the names of all ways to spoil the language."""
    value = loaded.call("list").value
    assert isinstance(value, list)
    return list(value[0])


def in_node(script: Path, poison: str, work: str, url: str) -> str:
    """Return what a request gave in a fresh Node that was spoiled."""
    node = Path(sysconfig.get_path("scripts")) / "node"
    done = subprocess.run(
        [str(node), str(script), poison, work, url],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
    return done.stdout


def test_fetch_works_where_it_does_in_node(loaded: Loaded, url: str) -> None:
    given = {"fetch": lambda _: answer(BODY)}
    different = {}
    for poison in poisons(loaded):
        for work, expected in EXPECTED.items():
            asked = {"poison": poison, "work": work, "url": url}
            found = loaded.call("ask", asked, granted=given).value
            if found != expected and poison not in FAIL_IN_NODE:
                different[poison, work] = found
    assert different == {}


@pytest.mark.parametrize("poison", sorted(FAIL_IN_NODE))
def test_fetch_fails_in_node_as_well(poison: str, url: str, tmp_path: Path) -> None:
    script = tmp_path / "spoiled.js"
    script.write_text(SOURCE + WORKS + IN_NODE)
    found = {work: in_node(script, poison, work, url) for work in EXPECTED}
    assert found != EXPECTED
