"""A granted capability becomes a request to the host, and the host's answer settles it."""

from __future__ import annotations

import base64

from tests.guest.sandboxed import Loaded, Sandbox

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


def answer(body: str, status: int = 200) -> dict[str, object]:
    text = base64.b64encode(body.encode()).decode()
    return {"output": {"status": status, "headers": [["x-b", "2"]], "body": text}}


def load(sandbox: Sandbox) -> Loaded:
    return sandbox.load(SOURCE)


def test_a_request_carries_method_headers_and_body(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("one", granted={"fetch": lambda _: answer('{"ok": true}', 201)})
    assert ran.value == [201, True, "2", {"ok": True}]
    [asked] = ran.asked
    assert (asked["id"], asked["capability"]) == (1, "fetch")
    assert asked["input"] == {
        "url": "https://api.test/x",
        "method": "POST",
        "headers": [["content-type", "text/plain;charset=UTF-8"], ["x-a", "1"]],
        "redirect": "follow",
        "body": base64.b64encode("hé".encode()).decode(),
    }


def test_requests_run_side_by_side(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("many", granted={"fetch": lambda call: answer(f"n{call['id']}")})
    assert ran.value == ["n1", "n2", "n3"]


def test_a_refusal_of_the_host_is_a_refusal(sandbox: Sandbox) -> None:
    failure = {"kind": "CAPABILITY_DENIED", "message": "api.test is not on the list"}
    ran = load(sandbox).call("one", granted={"fetch": lambda _: {"failure": failure}})
    assert (ran.kind, ran.failure.message) == ("CAPABILITY_DENIED", "api.test is not on the list")


def test_another_failure_of_the_host_is_thrown(sandbox: Sandbox) -> None:
    failure = {"kind": "THROWN", "message": "the connection was reset"}
    ran = load(sandbox).call("one", granted={"fetch": lambda _: {"failure": failure}})
    assert (ran.kind, ran.failure.message) == ("THROWN", "the connection was reset")


def test_without_the_grant_nothing_is_asked(sandbox: Sandbox) -> None:
    ran = load(sandbox).call("one")
    assert (ran.kind, ran.asked) == ("CAPABILITY_DENIED", [])
