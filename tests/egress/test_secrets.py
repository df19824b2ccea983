"""A secret's value goes to the hosts that it is bound to, and nowhere else, in no shape."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.executor.egress.rules import parse_rule
from services.executor.egress.secrets import RunSecrets, SecretBinding
from tests.egress.brokers import Answer, Fixed, Heard, asking, says, server, whole

VALUE = 'sk-live/"5f+0c8=a3\\b9d'


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_every_place_where_a_secret_may_be() -> None:
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


async def test_a_host_that_a_secret_is_not_bound_to_gets_nothing() -> None:
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
async def test_places_where_no_secret_belongs(
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


async def test_a_secret_does_not_follow_a_redirect_to_another_host() -> None:
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


SHAPES = {
    "plain": VALUE,
    "JSON": json.dumps(VALUE),
    "percent": quote(VALUE, safe=""),
    "base64": encoded(VALUE),
    "base64 inside": encoded(f"user:{VALUE}:end"),
    "base64 for URLs": base64.urlsafe_b64encode(f"?>{VALUE}?>".encode()).decode(),
    "twice": f"{VALUE} and {VALUE}",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_what_comes_back_is_redacted(shape: str, size: int) -> None:
    body = f"before {SHAPES[shape]} after".encode()

    async def piecewise(_: Heard, writer: asyncio.StreamWriter) -> None:
        head = whole(b"", f"x-echo: {SHAPES['percent']}", f"location: /?{SHAPES['percent']}")
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
    for each in SHAPES.values():
        assert each not in told
    assert ["x-echo", key] in got["headers"]
    if shape in ("plain", "percent"):
        assert got["content"] == f"before {key} after".encode()


async def test_an_error_does_not_show_a_secret() -> None:
    async with (
        server(says(b"", f"location: ftp://{VALUE[:7]}/{quote(VALUE)}", status="302 x")) as wire,
        asking(wire.authority, secrets=[("KEY", VALUE, wire.authority)]) as tool,
    ):
        _, message = await tool.refused(wire.url())
        assert VALUE not in message
        assert VALUE not in str(tool.records)


def test_placeholders_are_of_one_run() -> None:
    binding = SecretBinding("KEY", (parse_rule("example.com"),), Fixed(VALUE))
    runs = [RunSecrets([(binding, VALUE)]) for _ in range(50)]
    assert len({run.env["KEY"] for run in runs}) == 50
    assert VALUE not in repr(runs)
    first, second = runs[:2]
    assert second.named_in(first.env["KEY"]) == []


@settings(max_examples=300)
@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40),
    st.binary(max_size=60),
    st.binary(max_size=60),
    st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=30),
)
def test_no_cut_lets_a_value_through(
    value: str, before: bytes, after: bytes, cuts: list[int]
) -> None:
    """However a body is cut into pieces, the value is found."""
    binding = SecretBinding("KEY", (parse_rule("example.com"),), Fixed(value))
    secrets = RunSecrets([(binding, value)])
    body = before + value.encode() + after
    out, held, at = b"", b"", 0
    for size in [*cuts, len(body)]:
        clean = secrets.redacted(held + body[at : at + size])
        at += size
        cut = secrets.may_begin_at(clean)
        out, held = out + clean[:cut], clean[cut:]
    assert value.encode() not in out + held or value.encode() in before + after
