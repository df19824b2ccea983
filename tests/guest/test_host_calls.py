"""A granted capability becomes a request to the host, and the host's answer settles it."""

from __future__ import annotations

import base64

import pytest

from tests.guest.sandboxed import Answer, Loaded, Ran, Sandbox, run_body

SOURCE = """
  const post = (url, body) => fetch(url, {method: 'POST', headers: {'x-a': '1'}, body});
  export const agents = {main: {tools: {
    one: {async execute() {
      const response = await post('https://api.test/x', 'hé');
      return [response.status, response.ok, response.headers.get('x-b'), await response.json()];
    }},
    many: {execute: () => Promise.all([1, 2, 3].map(
      async (n) => (await post('https://api.test/' + n)).text(),
    ))},
  }}};
"""


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def answer(body: str, status: int = 200, **more: object) -> dict[str, object]:
    whole = {"data": encoded(body), "done": True}
    return {"output": {"status": status, "headers": [["x-b", "2"]], "body": whole, **more}}


def load(sandbox: Sandbox) -> Loaded:
    return sandbox.load(SOURCE)


def fetching(sandbox: Sandbox, body: str, answers: Answer) -> Ran:
    """Run the body of a tool with ``fetch`` granted."""
    source = (
        f"export const agents = {{main: {{tools: {{t: {{execute: async () => {{{body}}}}}}}}}}};"
    )
    return sandbox.load(source).call("t", granted={"fetch": answers})


def operations(ran: Ran) -> list[object]:
    return [call["input"]["op"] for call in ran.asked if isinstance(call["input"], dict)]


def test_request_carries_method_headers_and_body(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("one", granted={"fetch": lambda _: answer('{"ok": true}', 201)})
    assert ran.value == [201, True, "2", {"ok": True}]
    [asked] = ran.asked
    assert (asked["id"], asked["capability"]) == (1, "fetch")
    assert asked["input"] == {
        "op": "request",
        "url": "https://api.test/x",
        "method": "POST",
        "headers": [["content-type", "text/plain;charset=UTF-8"], ["x-a", "1"]],
        "redirect": "follow",
        "body": encoded("hé"),
    }


BODIES = {
    "undefined": (None, None),
    "'text'": ("text/plain;charset=UTF-8", b"text"),
    "new Uint8Array([1, 2, 255])": (None, b"\x01\x02\xff"),
    "new Uint8Array([1, 2, 3]).buffer": (None, b"\x01\x02\x03"),
    "new URLSearchParams({a: 'b c'})": (
        "application/x-www-form-urlencoded;charset=UTF-8",
        b"a=b+c",
    ),
    "new Blob(['x'], {type: 'a/b'})": ("a/b", b"x"),
    "new Blob(['y']).stream()": (None, b"y"),
    "ReadableStream.from([new Uint8Array([65]), new Uint8Array([66])])": (None, b"AB"),
    "(async function* () { yield new Uint8Array([67]); yield new Uint8Array([68]); })()": (
        None,
        b"CD",
    ),
}


@pytest.mark.parametrize("body", BODIES)
def test_every_body_type_is_sent_as_bytes(sandbox: Sandbox, body: str) -> None:
    tool = f"await fetch('https://a.test', {{method: 'POST', duplex: 'half', body: {body}}})"
    [asked] = fetching(sandbox, tool, lambda _: answer("")).asked
    kind, sent = BODIES[body]
    request = asked["input"]
    assert isinstance(request, dict)
    assert dict(request["headers"]).get("content-type") == kind
    assert request["body"] == (None if sent is None else encoded(sent))


def test_form_is_sent_as_multipart(sandbox: Sandbox) -> None:
    tool = """
      const body = new FormData();
      body.append('a', 'b'); body.append('f', new File(['hi'], 'x.txt', {type: 'text/plain'}));
      await fetch('https://a.test', {method: 'POST', body});
    """
    request = fetching(sandbox, tool, lambda _: answer("")).asked[0]["input"]
    assert isinstance(request, dict)
    kind, _, boundary = dict(request["headers"])["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    parts = base64.b64decode(request["body"]).decode().split(f"--{boundary}")
    head = "\r\nContent-Disposition: form-data; "
    file = 'name="f"; filename="x.txt"\r\nContent-Type: text/plain'
    assert parts == [
        "",
        f'{head}name="a"\r\n\r\nb\r\n',
        f"{head}{file}\r\n\r\nhi\r\n",
        "--\r\n",
    ]


def test_invalid_body_is_refused_in_guest(sandbox: Sandbox) -> None:
    tool = "await fetch('https://a.test', {method: 'POST', body: 'x'.repeat(3_000_001)})"
    ran = fetching(sandbox, tool, lambda _: answer(""))
    assert (ran.kind, ran.asked) == ("LIMIT_EXCEEDED", [])
    assert "3000000 bytes" in ran.failure.message


def test_requests_run_concurrently(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("many", granted={"fetch": lambda call: answer(f"n{call['id']}")})
    assert ran.value == ["n1", "n2", "n3"]


def test_response_shows_what_host_reports(sandbox: Sandbox) -> None:
    tool = """
      const response = await fetch('https://a.test/1');
      const {status, statusText, url, redirected, type} = response;
      return [status, statusText, url, redirected, type, response.headers.getSetCookie(),
              response.bodyUsed, await response.text(), response.bodyUsed];
    """
    more = {
        "statusText": "Fine",
        "url": "https://b.test/2",
        "redirected": True,
        "type": "basic",
        "headers": [["set-cookie", "a=1"], ["set-cookie", "b=2"]],
    }
    ran = fetching(sandbox, tool, lambda _: answer("x", 203, **more))
    expected = [203, "Fine", "https://b.test/2", True, "basic", ["a=1", "b=2"], False, "x", True]
    assert ran.value == expected


@pytest.mark.parametrize("mode", ["follow", "manual", "error"])
def test_redirect_mode_is_passed_to_host(sandbox: Sandbox, mode: str) -> None:
    ran = fetching(
        sandbox, f"await fetch('https://a.test', {{redirect: '{mode}'}})", lambda _: answer("")
    )
    request = ran.asked[0]["input"]
    assert isinstance(request, dict)
    assert request["redirect"] == mode


def test_response_headers_are_immutable(sandbox: Sandbox) -> None:
    tool = "(await fetch('https://a.test')).headers.set('a', 'b')"
    failure = fetching(sandbox, tool, lambda _: answer("")).failure
    assert (failure.name, failure.message) == ("TypeError", "immutable")


def in_pieces(pieces: list[str]) -> Answer:
    """Answer a request with the first piece, and reads with the others."""
    left = list(pieces)

    def reply(call: dict[str, object]) -> dict[str, object] | None:
        asked = call["input"]
        assert isinstance(asked, dict)
        if asked["op"] == "request":
            body = {"id": 7, "data": encoded(left.pop(0)), "done": False}
            return {"output": {"status": 200, "headers": [], "body": body}}
        if asked["op"] == "read":
            assert asked["body"] == 7
            return {"output": {"data": encoded(left.pop(0)), "done": not left}}
        return {"output": {}}

    return reply


def test_streamed_body_is_read_piece_by_piece(sandbox: Sandbox) -> None:
    tool = """
      const response = await fetch('https://a.test'); const seen = [];
      for await (const piece of response.body) seen.push(new TextDecoder().decode(piece));
      return seen;
    """
    ran = fetching(sandbox, tool, in_pieces(["a", "b", "", "c"]))
    assert ran.value == ["a", "b", "c"]
    assert operations(ran) == ["request", "read", "read", "read"]


def test_unread_body_is_not_requested(sandbox: Sandbox) -> None:
    tool = """
      const response = await fetch('https://a.test'); const reader = response.body.getReader();
      const {value} = await reader.read(); await new Promise((done) => setTimeout(done, 5));
      return value.length;
    """
    ran = fetching(sandbox, tool, in_pieces(["a", "b", "c"]))
    assert (ran.value, operations(ran)) == (1, ["request"])


def test_cancelled_body_is_closed(sandbox: Sandbox) -> None:
    tool = """
      const response = await fetch('https://a.test'); const reader = response.body.getReader();
      await reader.read(); await reader.cancel(); await new Promise((done) => setTimeout(done, 1));
    """
    ran = fetching(sandbox, tool, in_pieces(["a", "b", "c"]))
    assert (ran.value, operations(ran)) == (None, ["request", "close"])


def test_abort_reaches_request_in_flight(sandbox: Sandbox) -> None:
    tool = """
      const controller = new AbortController();
      const asked = fetch('https://a.test', {signal: controller.signal});
      await Promise.resolve(); setTimeout(() => controller.abort(), 0);
      await new Promise((done) => setTimeout(done, 2));
      try { await asked; } catch (error) { return [error.name, error instanceof DOMException]; }
    """
    ran = fetching(sandbox, tool, lambda call: None if call["id"] == 1 else {"output": {}})
    assert ran.value == ["AbortError", True]
    assert [call["input"] for call in ran.asked][1:] == [{"op": "abort", "request": 1}]


def test_abort_stops_reading_body(sandbox: Sandbox) -> None:
    tool = """
      const controller = new AbortController();
      const response = await fetch('https://a.test', {signal: controller.signal});
      const reader = response.body.getReader(); await reader.read(); controller.abort('why');
      await new Promise((done) => setTimeout(done, 1));
      try { await reader.read(); } catch (error) { return error; }
    """
    ran = fetching(sandbox, tool, in_pieces(["a", "b", "c"]))
    assert (ran.value, operations(ran)) == ("why", ["request", "close"])


def test_aborted_signal_sends_no_request(sandbox: Sandbox) -> None:
    tool = "await fetch('https://a.test', {signal: AbortSignal.abort()})"
    ran = fetching(sandbox, tool, lambda _: answer(""))
    assert (ran.failure.name, ran.asked) == ("AbortError", [])


def test_host_refusal_is_a_refusal(sandbox: Sandbox) -> None:
    failure = {"kind": "CAPABILITY_DENIED", "message": "api.test is not on the list"}
    ran = load(sandbox).call("one", granted={"fetch": lambda _: {"failure": failure}})
    assert (ran.kind, ran.failure.message) == ("CAPABILITY_DENIED", "api.test is not on the list")


def test_network_failure_throws_fetch_error(sandbox: Sandbox) -> None:
    failure = {"kind": "THROWN", "message": "the connection was reset"}
    ran = load(sandbox).call("one", granted={"fetch": lambda _: {"failure": failure}})
    assert (ran.kind, ran.failure.name) == ("THROWN", "TypeError")
    assert ran.failure.message == "fetch failed: the connection was reset"
    assert "[cause]: [Error: the connection was reset]" in ran.failure.stack


def test_truncated_body_fails_its_reader(sandbox: Sandbox) -> None:
    start = in_pieces(["a", "b"])

    def reply(call: dict[str, object]) -> dict[str, object] | None:
        asked = call["input"]
        assert isinstance(asked, dict)
        failure = {"kind": "THROWN", "message": "the peer closed the connection"}
        return start(call) if asked["op"] == "request" else {"failure": failure}

    failure = fetching(sandbox, "return (await fetch('https://a.test')).text()", reply).failure
    assert (failure.name, failure.message) == (
        "TypeError",
        "terminated: the peer closed the connection",
    )


def test_without_grant_no_request_is_made(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("one")
    assert (ran.kind, ran.asked) == ("CAPABILITY_DENIED", [])


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ("fetch('/relative')", "Failed to parse URL from /relative"),
        ("fetch('ftp://a.test/')", "fetch failed: unknown scheme"),
        (
            "fetch('https://u:p@a.test/')",
            "Request cannot be constructed from a URL that includes credentials: https://u:p@a.test/",
        ),
    ],
)
def test_invalid_request_is_a_type_error(sandbox: Sandbox, use: str, message: str) -> None:
    failure = fetching(sandbox, f"await {use}", lambda _: answer("")).failure
    assert (failure.name, failure.message) == ("TypeError", message)


def test_data_urls_need_no_grant(sandbox: Sandbox) -> None:
    body = """
      const response = await fetch('data:text/plain;base64,aGk=');
      return [response.status, response.headers.get('content-type'), await response.text()];
    """
    assert run_body(sandbox, body).value == [200, "text/plain", "hi"]
