"""The options that ``inspect`` suggests are what the tool needs: without them it is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.cli import bundles
from tests.cli.command import Caisson

TOOL = """
const ask = createTool({
  description: "Asks a server.",
  inputSchema: z.object({ question: z.string() }),
  execute: async ({ question }, { env }) => {
    const headers = { authorization: `Bearer ${env.ASK_TOKEN}` };
    const answer = await fetch(`${BASE}/ask?q=${encodeURIComponent(question)}`, { headers });
    return answer.json();
  },
});
const worker = createAgent({ name: "worker", system: "s", model: "openai/m", tools: { ask } });
export default createLightfast({ agents: { worker } });
"""


class Answers(BaseHTTPRequestHandler):
    """Answers with the path, and keeps the secret that it received."""

    came: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.came.append(self.headers["authorization"])
        body = json.dumps(self.path).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def base() -> Iterator[str]:
    """A server on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_suggested_arguments_are_sufficient_and_necessary(
    caisson: Caisson, tmp_path: Path, base: str
) -> None:
    path = tmp_path / "asks.js"
    path.write_text(f'{bundles.HEAD}const BASE = "{base}";{TOOL}')
    with_token = caisson.given({"ASK_TOKEN": "very secret"})
    shown = with_token("inspect", str(path), "--json").json
    suggested = shown["agents"]["worker"]["tools"]["ask"]["suggestedArguments"]
    assert suggested == [
        *("--allow-fetch", base),
        *("--secret", f"ASK_TOKEN@{base.removeprefix('http://')},header=authorization"),
    ]
    call = ("tool", str(path), "worker", "ask", '{"question": "why?"}', "--json")
    refused = with_token(*call).json
    assert refused["failure"]["kind"] == "CAPABILITY_DENIED"
    granted = with_token(*call, *suggested).json
    assert granted["output"] == "/ask?q=why%3F"
    assert Answers.came == ["Bearer very secret"]
