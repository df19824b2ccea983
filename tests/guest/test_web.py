"""Web APIs in pure JavaScript follow the standards, as far as they are covered."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Loaded, Sandbox, run_body

EXPRESSIONS = {
    "new URL('../x?q=ü#h', 'https://bücher.example:443/a/b/c').href": (
        "https://xn--bcher-kva.example/a/x?q=%C3%BC#h"
    ),
    "new URL('http://[::1]:80/').host": "[::1]",
    "URL.canParse('not a url')": False,
    "[...new URLSearchParams('a=1&b=2&a=3').getAll('a')]": ["1", "3"],
    "new URLSearchParams({q: 'a b&c'}).toString()": "q=a+b%26c",
    "[...new TextEncoder().encode('hé€😀')]": [104, 195, 169, 226, 130, 172, 240, 159, 152, 128],
    "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 104, 0xff]))": "h\ufffd",
    "new TextDecoder('utf-16le').decode(new Uint8Array([104, 0]))": "h",
    "[btoa('hi\\xff'), atob('aGn/')]": ["aGn/", "hi\xff"],
    "new Headers({'X-A': ' 1 ', b: '2'}).get('x-a')": "1",
    "[...new Headers([['b', '2'], ['a', '1'], ['b', '3']])]": [["a", "1"], ["b", "2, 3"]],
    "new Response('{\"a\":1}', {status: 201}).json()": {"a": 1},
    "Response.json({a: 1}).headers.get('content-type')": "application/json",
    "new Request('x:y', {method: 'put', body: new URLSearchParams({a: 'b'})}).text()": "a=b",
    "new Blob(['a', new Uint8Array([98])], {type: 'text/plain'}).text()": "ab",
    "new File(['x'], 'n.txt').name": "n.txt",
    "(() => { const f = new FormData(); f.append('a', 1); return [...f]; })()": [["a", "1"]],
    "structuredClone(new Date(0))": "1970-01-01T00:00:00.000Z",
    "crypto.randomUUID()[14]": "4",
    "new Uint8Array(4).length === crypto.getRandomValues(new Uint8Array(4)).length": True,
    "typeof performance.now()": "number",
    "typeof navigator.userAgent": "string",
    "Buffer.from('héllo').toString('base64')": "aMOpbGxv",
    "[globalThis === self, globalThis === global]": [True, True],
    "new DOMException('m', 'AbortError').code": 20,
}


@pytest.fixture(scope="module")
def expressions(sandbox: Sandbox) -> Loaded:
    """Return a program with a tool for each expression, so that there is one load for all."""
    tools = ", ".join(f"t{n}: {{execute: () => {text}}}" for n, text in enumerate(EXPRESSIONS))
    return sandbox.load(f"export const agents = {{main: {{tools: {{{tools}}}}}}};")


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=list(EXPRESSIONS))
def test_web_expressions_match_expected_values(expressions: Loaded, number: int) -> None:
    assert expressions.call(f"t{number}").value == list(EXPRESSIONS.values())[number]


def test_digests_match_known_values(sandbox: Sandbox) -> None:
    body = """
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'));
      return Buffer.from(digest).toString('hex');
    """
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert run_body(sandbox, body).value == expected


def test_structured_clone_keeps_shape_and_cycles(sandbox: Sandbox) -> None:
    body = """
      const map = new Map([[1, new Set(['x'])]]);
      const source = {map, error: new RangeError('r'), bytes: new Uint8Array([1])};
      source.self = source;
      const copy = structuredClone(source);
      copy.bytes[0] = 9;
      return [copy !== source, copy.self === copy, copy.map.get(1).has('x'),
              copy.error instanceof RangeError, copy.error.message, source.bytes[0]];
    """
    assert run_body(sandbox, body).value == [True, True, True, True, "r", 1]


def test_structured_clone_refuses_functions(sandbox: Sandbox) -> None:
    assert run_body(sandbox, "structuredClone({f() {}})").failure.name == "DataCloneError"


def test_streams_pipe_through_transforms(sandbox: Sandbox) -> None:
    body = """
      const transform = (chunk, out) => out.enqueue(chunk.toUpperCase());
      const upper = new TransformStream({transform});
      const texts = new Blob(['hé', 'llo']).stream().pipeThrough(new TextDecoderStream());
      const source = texts.pipeThrough(upper);
      let text = '';
      for await (const chunk of source) text += chunk;
      return text;
    """
    assert run_body(sandbox, body).value == "HÉLLO"


def test_body_is_read_once(sandbox: Sandbox) -> None:
    body = """
      const response = new Response('x'); const copy = response.clone();
      await response.text(); await copy.text(); await response.text();
    """
    failure = run_body(sandbox, body).failure
    assert failure.name == "TypeError"
    assert "already been read" in failure.message


def test_abort_signals_work(sandbox: Sandbox) -> None:
    body = """
      const controller = new AbortController();
      const joined = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
      const seen = [];
      joined.addEventListener('abort', (event) => seen.push(event.type, joined.reason.name));
      controller.abort();
      try { joined.throwIfAborted(); } catch (error) { seen.push(error instanceof DOMException); }
      return seen;
    """
    assert run_body(sandbox, body).value == ["abort", "AbortError", True]


def test_timeout_signal_fires(sandbox: Sandbox) -> None:
    body = """
      const signal = AbortSignal.timeout(3);
      return new Promise((resolve) => { signal.onabort = () => resolve(signal.reason.name); });
    """
    assert run_body(sandbox, body).value == "TimeoutError"


def test_event_targets_dispatch_events(sandbox: Sandbox) -> None:
    body = """
      const target = new EventTarget(); const seen = [];
      target.addEventListener('x', (event) => seen.push(event.detail), {once: true});
      target.addEventListener('x', {handleEvent: (event) => event.preventDefault()});
      const kept = target.dispatchEvent(new CustomEvent('x', {detail: 1, cancelable: true}));
      target.dispatchEvent(new CustomEvent('x', {detail: 2}));
      return [seen, kept];
    """
    assert run_body(sandbox, body).value == [[1], False]
