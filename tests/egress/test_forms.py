"""Placeholders in the form of an example: accepted by clients, unguessable, found in requests."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest

from services.executor.egress.bindings import bindings_of
from services.executor.egress.forms import Form
from services.executor.egress.placeholders import Placeholders
from services.executor.egress.rules import parse_rule
from services.executor.egress.secrets import RunSecrets, SecretBinding
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError, SetupError
from tests.egress.brokers import Fixed

VALUE = "the-real-value-of-it"


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


JWT = f"{encoded({'alg': 'HS256'})}.{encoded({'role': 'anon'})}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1g"
EXAMPLES = {
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc": r"sk_live_\d[a-z][A-Z]\d\d[A-Z][a-z][A-Za-z0-9]{17}",
    "sk_live_...": r"sk_live_[A-Za-z0-9]{32}",
    "sk-ant-api03-aB3dE6gH9jK2mN5pQ8sT": r"sk-ant-api03-[A-Za-z0-9]{20}",
    "xoxb-123456789012-1234567890123-4mt0t4l1yf3k": r"xoxb-\d{12}-\d{13}-[a-z0-9]{12}",
    "AC0123456789abcdef0123456789abcdef": r"AC01[0-9a-f]{30}",
    "0123456789abcdef0123456789abcdef": r"[0-9a-f]{32}",
    "123e4567-e89b-12d3-a456-426614174000": r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
    "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY": r"AIza[A-Za-z0-9-]{35}",
    "dGhpcyBpcyBhIGtleSBvZiAzMiBieXRlcyEh+/8=": r"dGhp[A-Za-z0-9]+\+/[0-9]=",
    JWT: re.escape(JWT[: JWT.rindex(".") + 1]) + r"[A-Za-z0-9_-]{35}",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_placeholder_has_the_form_of_the_example(example: str) -> None:
    form = Form("KEY", example)
    made = {Placeholders().made("KEY", 0, form) for _ in range(50)}
    assert len(made) == 50
    assert example not in made
    if not example.endswith("..."):
        assert {len(each) for each in made} == {len(example)}
    for each in made:
        assert re.fullmatch(EXAMPLES[example], each), each


@pytest.mark.parametrize(
    ("example", "message"),
    [
        ("sk_live_abc", "too short"),
        ("AKIAIOSFODNN", "too short"),
        ("a b c", "printable ASCII"),
        ("k\u00e9y-...", "printable ASCII"),
        ("x" * 5000, "printable ASCII"),
    ],
)
def test_form_that_cannot_be_used_is_refused(example: str, message: str) -> None:
    with pytest.raises(SetupError, match=message) as raised:
        Form("KEY", example)
    assert example not in str(raised.value)


@pytest.mark.parametrize("example", EXAMPLES)
def test_placeholder_is_found_and_filled_in(example: str) -> None:
    rule, form = parse_rule("https://api.example"), Form("KEY", example)
    secrets = RunSecrets([(SecretBinding("KEY", (rule,), Fixed(VALUE), form=form), VALUE)])
    placeholder = secrets.env["KEY"]
    url = parse_url("https://api.example/x")
    filling = secrets.for_request("POST", url)
    basic = base64.b64encode(f"user:{placeholder}".encode()).decode()
    assert filling.header("authorization", f"Bearer {placeholder}") == f"Bearer {VALUE}"
    assert base64.b64decode(filling.header("authorization", f"Basic {basic}")[6:]) == (
        f"user:{VALUE}".encode()
    )
    query = parse_url(f"https://api.example/x?k={quote(placeholder, safe='')}").query
    assert filling.query(query).endswith(f"k={VALUE}")
    body = json.dumps({"key": placeholder}).encode()
    assert filling.body(body, "application/json", 10_000) == json.dumps({"key": VALUE}).encode()
    with pytest.raises(FetchDeniedError):
        secrets.for_request("GET", parse_url("https://b.example/")).header("x", placeholder)
    with pytest.raises(FetchDeniedError):
        secrets.check_elsewhere("the path of a URL", f"/{placeholder}")


def test_option_sets_the_form() -> None:
    (bound,) = bindings_of(["KEY@api.example,header=x-api-key,like=sk_live_..."], Fixed(VALUE))
    secrets = RunSecrets([(bound, VALUE)])
    assert secrets.env["KEY"].startswith("sk_live_")
    with pytest.raises(SetupError, match="two forms"):
        bindings_of(["KEY@a.example,like=sk_...", "KEY@b.example,like=pk_..."], Fixed(VALUE))
