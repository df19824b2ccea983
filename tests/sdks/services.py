"""A local server that speaks as much of each service's protocol as its SDK needs."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Headers that identify the client's runtime and process, and may differ between runtimes.
OF_THE_RUNTIME = ("user-agent", "x-stainless-", "x-stripe-client", "x-client-info", "sec-fetch-")
OF_THE_CONNECTION = ("host", "connection", "accept-encoding", "content-length", "accept-language")
RANDOM_OR_OURS = ("idempotency-key", "transfer-encoding", "x-supabase-", "amz-sdk-invocation-id")
BOUNDARY = re.compile(r"-{4}formdata-[a-z]+-\w+|-{4}WebKitFormBoundary\w+")
PAGE = b"""<!doctype html><html><head><title>A &amp; B</title></head><body><ul><li>one</li></ul>
<a href="/x?a=1&amp;b=2">x</a><a>none</a>
<table><tr><td>1</td><td>zw\xc3\xb6lf</td></tr></table></body></html>"""
MESSAGE = {"role": "assistant", "content": "Hello there"}


@dataclass
class Heard:
    """A client's request, without headers of its runtime or connection."""

    method: str
    target: str
    headers: dict[str, str]
    body: str


# What a service answers to a path: a status, and bytes or what becomes JSON.
Answer = Callable[[str, Heard], tuple[int, object]]


@dataclass
class Services:
    """The server's address, its services, and the requests it received, by service."""

    authority: str
    answers: Mapping[str, Answer]
    heard: dict[str, list[Heard]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.authority}"

    def take(self, name: str) -> list[Heard]:
        """Return and clear the requests of a tool."""
        return self.heard.pop(name, [])


def exa(path: str, heard: Heard) -> tuple[int, object]:
    """https://docs.exa.ai: search and answer."""
    if path == "/exa/search":
        result = {"id": "1", "url": "https://a.example", "title": "A", "text": "About A"}
        return 200, {"requestId": "r", "results": [result]}
    return 200, {"answer": "A chamber.", "citations": [], "requestId": "r"}


def openai(path: str, heard: Heard) -> tuple[int, object]:
    """Chat completions, whole and streamed, and an error."""
    if path.endswith("/models/missing"):
        return 404, {"error": {"message": "no such model", "type": "invalid_request_error"}}
    if json.loads(heard.body).get("stream"):
        words = [
            {"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("Hel", "lo ✓")
        ]
        lines = [f"data: {json.dumps({'id': 'c', **each})}\n\n" for each in words]
        return 200, "".join([*lines, "data: [DONE]\n\n"]).encode()
    return 200, {
        "id": "c",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": MESSAGE}],
    }


def anthropic(path: str, heard: Heard) -> tuple[int, object]:
    """Messages."""
    content = [{"type": "text", "text": "Hello there"}]
    usage = {"input_tokens": 3, "output_tokens": 2}
    return 200, {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "content": content,
        "usage": usage,
    }


def stripe(path: str, heard: Heard) -> tuple[int, object]:
    """Customers, charges, and an error."""
    if path.endswith("/customers"):
        return 200, {"id": "cus_1", "object": "customer"}
    if path.endswith("/charges"):
        data = [{"id": "ch_1", "amount": 5}, {"id": "ch_2", "amount": 7}]
        return 200, {"object": "list", "data": data, "has_more": False, "url": "/v1/charges"}
    return 404, {"error": {"type": "invalid_request_error", "message": "No such charge: missing"}}


def octokit(path: str, heard: Heard) -> tuple[int, object]:
    """A repository, and two pages of issues."""
    if path.endswith("/issues"):
        page = 2 if "page=2" in heard.target else 1
        return 200, [{"title": f"Issue {page}"}]
    if path.endswith("/missing"):
        return 404, {"message": "Not Found"}
    return 200, {"full_name": "caisson/caisson"}


def supabase(path: str, heard: Heard) -> tuple[int, object]:
    """Rows."""
    if heard.method == "POST":
        return 201, [{"id": 9, "name": "new"}]
    return 200, [{"id": 1, "name": "one"}]


def echo(path: str, heard: Heard) -> tuple[int, object]:
    """What was sent, or the status that the path names."""
    last = path.rpartition("/")[2]
    if "/status/" in path:
        return int(last), {"status": int(last)}
    return 200, {"method": heard.method, "path": heard.target, "body": heard.body}


ANSWERS: dict[str, Answer] = {
    "exa": exa,
    "openai": openai,
    "anthropic": anthropic,
    "stripe": stripe,
    "v1": stripe,
    "octokit": octokit,
    "slack": lambda path, heard: (200, {"ok": True, "ts": "1.2"}),
    "supabase": supabase,
    "axios": echo,
    "ky": echo,
    "graphql-request": lambda path, heard: (200, {"data": {"things": [{"id": 1, "name": "a"}]}}),
    "cheerio": lambda path, heard: (200, PAGE),
}


class Handler(BaseHTTPRequestHandler):
    """Answers, and keeps what was asked."""

    services: Services
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Answer one request."""
        first = urlsplit(self.path).path.split("/")[1]
        heard = Heard(self.command, self.path, self._kept_headers(), self._body())
        name = "stripe" if first == "v1" else first
        self.services.heard.setdefault(name, []).append(heard)
        path = urlsplit(self.path).path.removeprefix(f"/{first}")
        status, body = self.services.answers[name](path, heard)
        kind = "application/json"
        if isinstance(body, bytes):
            kind = "text/event-stream" if body.startswith(b"data:") else "text/html; charset=utf-8"
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        if first == "octokit" and path.endswith("/issues") and "page=2" not in self.path:
            following = f"http://{self.services.authority}{self.path}&page=2"
            self.send_header("link", f'<{following}>; rel="next"')
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def _body(self) -> str:
        if self.headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
        return BOUNDARY.sub("BOUNDARY", body.decode("utf-8", "replace"))

    def _kept_headers(self) -> dict[str, str]:
        left_out = (*OF_THE_RUNTIME, *OF_THE_CONNECTION, *RANDOM_OR_OURS)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return {
            name: BOUNDARY.sub("BOUNDARY", value)
            for name, value in headers.items()
            if not name.startswith(left_out)
        }


@contextmanager
def services(answers: Mapping[str, Answer] = ANSWERS) -> Iterator[Services]:
    """Serve on loopback."""
    state = Services("", answers)
    handler = type("Bound", (Handler,), {"services": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state.authority = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
