"""A secret's value goes to the hosts that it is bound to, and nowhere else, in no shape."""

from __future__ import annotations

import asyncio
import base64
import gzip
import html
import json
import zlib
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.egress.bindings import bindings_of
from services.executor.egress.redaction import RedactedStream, Redactor
from services.executor.egress.response_body import FetchBounds
from services.executor.egress.rules import parse_rule
from services.executor.egress.secrets import RunSecrets, SecretBinding
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError
from tests.egress.brokers import Answer, Fixed, Heard, asking, says, server, whole

VALUE = 'sk-live/"5f+0c8=a3\\b9d'


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_secret_is_filled_in_everywhere_it_may_be() -> None:
    async with server(says()) as wire:
        secrets = [("KEY", VALUE, wire.authority)]
        async with asking(wire.authority, secrets=secrets) as tool:
            key = tool.run.secrets.env["KEY"]
            await tool.fetch(
                wire.url(f"/?key={key}"),
                method="POST",
                headers=[
                    ["Authorization", f"Bearer {key}"],
                    ["X-Key", key],
                    ["Content-Type", "application/json; charset=utf-8"],
                ],
                body=encoded(json.dumps({"key": key, "é": "ü"}, ensure_ascii=False)),
            )
            await tool.fetch(
                wire.url(), headers=[["Authorization", f"Basic {encoded(f'me:{key}')}"]]
            )
            form = "application/x-www-form-urlencoded"
            await tool.fetch(
                wire.url(),
                method="POST",
                headers=[["content-type", form]],
                body=encoded(f"key={key}&x=1"),
            )
            records = tool.records
    first, basic, posted = wire.heard
    assert first.target == f"/?key={quote(VALUE, safe='')}"
    assert first.headers["authorization"] == f"Bearer {VALUE}"
    assert first.headers["x-key"] == VALUE
    assert json.loads(first.body) == {"key": VALUE, "é": "ü"}
    assert basic.headers["authorization"] == f"Basic {encoded(f'me:{VALUE}')}"
    assert posted.body.decode() == f"key={quote(VALUE, safe='')}&x=1"
    assert VALUE not in str(records)
    assert key not in str(records)


async def test_unbound_host_gets_no_secret() -> None:
    async with server(says()) as bound, server(says()) as other:
        secrets = [("KEY", VALUE, bound.authority)]
        async with asking(bound.authority, other.authority, secrets=secrets) as tool:
            key = tool.run.secrets.env["KEY"]
            for words in (
                {"headers": [["Authorization", f"Bearer {key}"]]},
                {"headers": [["Authorization", f"Basic {encoded(f'{key}:')}"]]},
                {"method": "POST", "body": encoded(f"x={key}")},
                {"url": other.url(f"/?q={key}")},
            ):
                asked: dict[str, Any] = {"url": other.url(), **words}
                kind, message = await tool.refused(**asked)
                assert kind == "CAPABILITY_DENIED"
                for_whom = f"it is for {bound.authority}."
                assert message == f"The secret KEY is not bound to {other.authority}; {for_whom}"
        assert other.connections == 0


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        ("/KEY/x", [], "the path of a URL"),
        ("/", [["KEY", "x"]], "the name of a header"),
    ],
)
async def test_secret_is_refused_where_it_does_not_belong(
    path: str, headers: list[list[str]], said: str
) -> None:
    async with server(says()) as wire:
        async with asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool:
            key = tool.run.secrets.env["KEY"]
            filled = [[name.replace("KEY", key), value] for name, value in headers]
            kind, message = await tool.refused(wire.url(path.replace("KEY", key)), headers=filled)
            assert kind == "CAPABILITY_DENIED"
            assert said in message
        assert wire.connections == 0


async def test_redirect_to_other_host_drops_secret() -> None:
    async with (
        server(says(b"end")) as other,
        server(says(b"", f"location: {other.url()}", status="307 x")) as bound,
        asking(bound.authority, other.authority, secrets=[("KEY", VALUE, bound.authority)]) as tool,
    ):
        key = tool.run.secrets.env["KEY"]
        await tool.fetch(bound.url(), headers=[["X-Api-Key", key]])
        assert bound.heard[0].headers["x-api-key"] == VALUE
        assert "x-api-key" not in other.heard[0].headers
        kind, message = await tool.refused(bound.url(), method="POST", body=encoded(key))
        assert kind == "CAPABILITY_DENIED"
        assert "not bound" in message
        assert len(other.heard) == 1


def each(form: str, text: str = VALUE) -> str:
    """Return a text with every character written in a form."""
    return "".join(form.format(ord(character)) for character in text)


SHAPES = {
    "plain": VALUE,
    "JSON": json.dumps(VALUE)[1:-1],
    "JSON in JSON": json.dumps(json.dumps(VALUE))[3:-3],
    "PHP's JSON": json.dumps(VALUE)[1:-1].replace("/", "\\/"),
    "percent": quote(VALUE, safe=""),
    "percent in lower case": quote(VALUE, safe="").lower(),
    "percent of a form": quote_plus(VALUE),
    "percent of every byte": each("%{:02X}"),
    "percent of every byte in lower case": each("%{:02x}"),
    "percent of some bytes": quote(VALUE[:9], safe="") + VALUE[9:15] + each("%{:02x}", VALUE[15:]),
    "percent twice": quote(quote(VALUE, safe=""), safe=""),
    "percent of JSON": quote(json.dumps(VALUE)[1:-1], safe=""),
    "escapes of JavaScript": each("\\u{:04x}"),
    "escapes in upper case": each("\\u{:04X}"),
    "escapes among plain characters": VALUE[:4] + each("\\u{:04x}", VALUE[4:9]) + VALUE[9:],
    "short escapes of JavaScript": each("\\x{:02x}"),
    "braced escapes of JavaScript": each("\\u{{{:x}}}"),
    "HTML": html.escape(VALUE),
    "named entities": VALUE.replace("/", "&sol;").replace("+", "&plus;").replace("=", "&equals;"),
    "decimal entities": each("&#{};"),
    "padded decimal entities": each("&#{:05};"),
    "decimal entities with many zeros": each("&#{:012};"),
    "hexadecimal entities with many zeros": each("&#x{:011x};"),
    "braced escapes with many zeros": each("\\u{{{:010x}}}"),
    "hexadecimal entities": each("&#x{:X};"),
    "hexadecimal entities in lower case": each("&#x{:04x};"),
    "hex": VALUE.encode().hex(),
    "hex in upper case": VALUE.encode().hex().upper(),
    "escaped hex": each("\\u{:04x}", VALUE.encode().hex()),
    "base64": encoded(VALUE),
    "base64, shifted": encoded(f"x{VALUE}"),
    "base64 inside": encoded(f"user:{VALUE}:end"),
    "base64 for URLs": base64.urlsafe_b64encode(f"?>{VALUE}?>".encode()).decode(),
    "base64 in a URL": quote(encoded(f"{VALUE}>>?>"), safe=""),
    "upper case": VALUE.upper(),
    "twice": f"{VALUE} and {VALUE}",
}
WHOLE = frozenset(name for name in SHAPES if "base64" not in name and name != "twice")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_response_is_redacted(shape: str, size: int) -> None:
    body = f"before {SHAPES[shape]} after".encode()

    async def piecewise(_: Heard, writer: asyncio.StreamWriter) -> None:
        head = whole(b"", f"x-echo: {SHAPES[shape]}", f"location: /?{SHAPES['percent']}")
        writer.write(head.replace(b"content-length: 0", f"content-length: {len(body)}".encode()))
        for at in range(0, len(body), size):
            writer.write(body[at : at + size])
            await writer.drain()

    answer: Answer = piecewise
    async with (
        server(answer) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        got = await tool.fetch(wire.url())
        key = tool.run.secrets.env["KEY"]
    assert key.encode() in got["content"]
    told = json.dumps({**got, "content": got["content"].decode()})
    for known in SHAPES.values():
        assert known not in told
    assert key in dict(map(tuple, got["headers"]))["x-echo"]
    if shape in WHOLE:
        assert got["content"] == f"before {key} after".encode()
        assert ["x-echo", key] in got["headers"]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("shape", ["plain", "percent of every byte", "base64 inside"])
async def test_compressed_response_is_redacted(coding: str, shape: str) -> None:
    plain = f"before {SHAPES[shape]} after".encode()
    data = gzip.compress(plain) if coding == "gzip" else zlib.compress(plain)
    async with (
        server(says(data, f"content-encoding: {coding}")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        got = await tool.fetch(wire.url())
        assert tool.run.secrets.env["KEY"].encode() in got["content"]
        assert SHAPES[shape].encode() not in got["content"]
        # How well a guess and the value compress together would show in the length.
        assert wire.heard[0].headers["accept-encoding"] == "identity"


async def test_status_line_and_header_names_are_redacted() -> None:
    name = "sk-live-5f0c8a3b9d"
    async with (
        server(says(b"", f"x-{name}: 1", f"{name}: 2", status=f"403 bad key {name}")) as wire,
        asking(wire.authority, secrets=[("KEY", name, wire.authority)]) as tool,
    ):
        got = await tool.fetch(wire.url())
        key = tool.run.secrets.env["KEY"]
    assert got["statusText"] == f"bad key {key}"
    assert [f"x-{key}", "1"] in got["headers"]
    assert [key, "2"] in got["headers"]
    assert name not in str(got)
    assert name not in str(tool.records)


async def test_redirect_url_hides_secret() -> None:
    """The value goes on to the host that it is bound to, and the tool sees the placeholder."""
    apart = VALUE[:5] + "\t" + VALUE[5:]  # the parser of URLs leaves a tab out
    for location in (f"/end?key={quote(VALUE)}", f"/end?key={apart}", f"?{VALUE}&next=/end"):

        async def answer(
            heard: Heard, writer: asyncio.StreamWriter, location: str = location
        ) -> None:
            last = "?" in heard.target
            head = [] if last else [f"location: {location}"]
            writer.write(whole(b"", *head, status="200 OK" if last else "302 Found"))

        async with (
            server(answer) as wire,
            asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
        ):
            got = await tool.fetch(wire.url())
            key = tool.run.secrets.env["KEY"]
        assert got["redirected"]
        assert key in got["url"]
        assert quote(VALUE, safe="") in wire.heard[1].target
        assert VALUE[5:12] not in str(got) + str(tool.records)


async def test_redirect_to_other_host_does_not_carry_secret() -> None:
    apart = VALUE[:5] + "\t" + VALUE[5:]
    async with server(says()) as other:
        for location in (f"{other.url()}?{quote(VALUE)}", f"{other.url()}?{apart}"):
            async with (
                server(says(b"", f"location: {location}", status="302 x")) as wire,
                asking(
                    wire.authority, other.authority, secrets=[("KEY", VALUE, wire.authority)]
                ) as tool,
            ):
                kind, message = await tool.refused(wire.url())
                assert kind == "CAPABILITY_DENIED"
                assert "The secret KEY is not bound to" in message
        assert other.connections == 0


async def test_error_hides_secret() -> None:
    async with (
        server(says(b"", f"location: ftp://{VALUE[:7]}/{quote(VALUE)}", status="302 x")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        _, message = await tool.refused(wire.url())
        assert VALUE not in message
        assert VALUE not in str(tool.records)


def test_placeholders_belong_to_one_run() -> None:
    binding = SecretBinding("KEY", (parse_rule("example.com"),), Fixed(VALUE))
    runs = [RunSecrets([(binding, VALUE)]) for _ in range(50)]
    assert len({run.env["KEY"] for run in runs}) == 50
    assert VALUE not in repr(runs)
    first, second = runs[:2]
    assert second.named_in(first.env["KEY"]) == []


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.lists(st.integers(min_value=1, max_value=900), min_size=1, max_size=30),
    st.booleans(),
    st.sampled_from(["{}", "%{:02X}", "\\u{:04x}", "&#{};"]),
)
def test_secret_is_redacted_across_chunk_boundaries(
    value: str, before: bytes, after: bytes, cuts: list[int], by_lines: bool, form: str
) -> None:
    """However a body is cut into pieces, the value is found."""
    shape = value if form == "{}" else each(form, value)
    body = before * 20 + shape.encode() + after * 20
    stream, at, out = RedactedStream(Redactor([(value, "(it)")]), by_lines=by_lines), 0, b""
    for size in [*cuts, len(body)]:
        out += stream.feed(body[at : at + size])
        at += size
    out += stream.finish()
    assert b"(it)" in out
    assert shape.encode() not in out or shape.encode() in before * 20 + after * 20


def test_overlapping_values_are_redacted_whole() -> None:
    redactor = Redactor([("abcdefgh", "(1)"), ("abcdefghijkl", "(2)"), ("klmnopqrs", "(3)")])
    assert redactor.redacted(b"x abcdefghijkl y abcdefgh z") == b"x (2) y (1) z"
    assert redactor.redacted(b"x abcdefghijklmnopqrs y") == b"x (2) y"


def test_other_text_is_not_redacted() -> None:
    redactor = Redactor([(VALUE, "(it)")])
    for text in ("", VALUE[:-1], VALUE[1:], VALUE[::-1], "%", "&#;&amp;&#99999;\\u00", "\\" * 99):
        assert redactor.redacted_text(text) == text
    assert Redactor().redacted_text(VALUE) == VALUE


BOUND = [
    ("header=x-key", "POST", "/v1", {"headers": [["X-Key", "KEY"]]}, ""),
    ("header=X-Key", "POST", "/v1", {"headers": [["x-key", "token KEY"]]}, ""),
    ("header=authorization", "GET", "/", {"headers": [["Authorization", "BASIC"]]}, ""),
    ("header=x-key", "GET", "/", {"headers": [["Y-Key", "KEY"]]}, "used in the header Y-Key"),
    (
        "header=x-key",
        "GET",
        "/",
        {"headers": [["Authorization", "BASIC"]]},
        "Authorization, but it is",
    ),
    (
        "header=x-key",
        "GET",
        "/?q=KEY",
        {},
        "used in the query, but it is bound to the header x-key",
    ),
    (
        "header=x-key",
        "POST",
        "/",
        {"body": "KEY"},
        "used in the body, but it is bound to the header",
    ),
    ("method=POST", "POST", "/", {"headers": [["x", "KEY"]]}, ""),
    ("method=post,method=PUT", "PUT", "/", {"headers": [["x", "KEY"]]}, ""),
    ("method=POST", "GET", "/a", {"headers": [["x", "KEY"]]}, "other methods or paths"),
    ("method=POST,header=x", "GET", "/a", {"headers": [["x", "KEY"]]}, "not to GET /a"),
    ("/v1", "GET", "/v1/x", {"headers": [["x", "KEY"]]}, ""),
    ("/v1", "GET", "/v2", {"headers": [["x", "KEY"]]}, "other methods or paths"),
    ("/v1,header=x", "GET", "/v1", {"headers": [["x", "KEY"]]}, ""),
]


@pytest.mark.parametrize(("bound", "method", "path", "words", "said"), BOUND)
async def test_secret_is_bound_to_header_methods_and_paths(
    bound: str, method: str, path: str, words: dict[str, Any], said: str
) -> None:
    async with server(says(VALUE.encode())) as wire:
        prefix, _, options = bound.partition(",") if bound.startswith("/") else ("", "", bound)
        text = f"KEY@{wire.url(prefix)}{',' if options else ''}{options}"
        (binding,) = bindings_of([text], Fixed(VALUE))
        async with asking(wire.authority, bound=[(binding, VALUE)]) as tool:
            key = tool.run.secrets.env["KEY"]
            basic = f"Basic {encoded(f'me:{key}')}"
            headers = [
                [name, value.replace("KEY", key).replace("BASIC", basic)]
                for name, value in words.get("headers", [])
            ]
            body = encoded(key) if "body" in words else None
            asked: dict[str, Any] = {"method": method, "headers": headers, "body": body}
            url = wire.url(path.replace("KEY", key))
            if said:
                kind, message = await tool.refused(url, **asked)
                assert kind == "CAPABILITY_DENIED"
                assert said in message
                assert wire.connections == 0
            else:
                got = await tool.fetch(url, **asked)
                assert got["content"] == key.encode()
                values = [each.split(" ")[-1] for each in wire.heard[0].headers.values()]
                assert VALUE in values or encoded(f"me:{VALUE}") in values


async def test_bindings_of_one_name_form_one_secret() -> None:
    texts = ["KEY@a.example.com,header=x-key", "KEY@b.example.com", "KEY@a.example.com,method=PUT"]
    secrets = RunSecrets([(each, VALUE) for each in bindings_of(texts, Fixed(VALUE))])
    key = secrets.env["KEY"]
    a, b = parse_url("https://a.example.com/"), parse_url("https://b.example.com/")
    assert secrets.for_request("GET", a).header("x-key", key) == VALUE
    assert secrets.for_request("PUT", a).header("x-other", key) == VALUE
    assert secrets.for_request("GET", b).query(f"?{key}") == f"?{quote(VALUE, safe='')}"
    with pytest.raises(FetchDeniedError):
        secrets.for_request("GET", a).header("x-other", key)


async def test_filling_in_secrets_cannot_grow_request_without_limit() -> None:
    value = "v" * 4000
    async with server(says()) as wire:
        bounds = FetchBounds(request_bytes=100_000)
        async with asking(
            wire.authority, secrets=[("KEY", value, wire.authority)], bounds=bounds
        ) as tool:
            key = tool.run.secrets.env["KEY"]
            for words, said in (
                ({"method": "POST", "body": encoded(key * 1000)}, "the body with its secrets"),
                ({"headers": [["x", key * 500]]}, "the header x with its secrets"),
                ({"url": wire.url(f"/?{key * 300}")}, "the query with its secrets"),
            ):
                asked: dict[str, Any] = {"url": wire.url(), **words}
                kind, message = await tool.refused(**asked)
                assert kind == "CAPABILITY_DENIED"
                assert said in message
                assert "over the limit of" in message
        assert wire.connections == 0


@pytest.mark.parametrize(
    ("name", "credential"),
    [("AWS_ACCESS_KEY_ID", "{placeholder}"), ("AWS_SECRET_ACCESS_KEY", "AKIAIOSFODNN7EXAMPLE")],
)
async def test_signature_with_a_placeholder_is_refused(name: str, credential: str) -> None:
    async with (
        server(says()) as wire,
        asking(wire.authority, secrets=[(name, VALUE, wire.authority)]) as tool,
    ):
        shown = credential.format(placeholder=tool.run.secrets.env[name])
        signed = f"AWS4-HMAC-SHA256 Credential={shown}/x/s3/aws4_request, Signature=00"
        kind, message = await tool.refused(wire.url(), headers=[["Authorization", signed]])
        assert kind == "CAPABILITY_DENIED"
        assert f"a placeholder for {name}: the signature cannot be right" in message
        assert wire.connections == 0


@pytest.mark.parametrize("coding", ["aws-chunked", "gzip, aws-chunked", "x-own, deflate"])
async def test_answer_that_cannot_be_searched_is_refused(coding: str) -> None:
    packed = b"5;chunk-signature=0\r\n" + VALUE[:5].encode() + b"\r\n0\r\n\r\n"
    async with server(says(packed, f"content-encoding: {coding}")) as wire:
        async with asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool:
            kind, message = await tool.refused(wire.url())
            assert kind == "THROWN"
            assert "cannot be searched for the secrets" in message
            assert coding in message
        async with asking(wire.authority) as tool:
            assert (await tool.fetch(wire.url()))["content"] == packed


async def test_answer_of_a_label_that_is_no_coding_is_searched() -> None:
    async with (
        server(says(VALUE.encode(), "content-encoding: utf-8")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        assert (await tool.fetch(wire.url()))["content"] == tool.run.secrets.env["KEY"].encode()
