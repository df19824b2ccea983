"""Fetch rules, the policy of a deployment, and what a redirect may carry along."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.adapters.secret_sources import (
    CommandSecrets,
    EnvironmentSecrets,
    FileSecrets,
    Providers,
)
from services.executor.egress.bindings import bindings_of
from services.executor.egress.policy import EgressPolicy, grants_of, read_policy
from services.executor.egress.rules import Allowances, BadRuleError, parse_rule
from services.executor.egress.secrets import check_value
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError, SetupError
from tests.egress.brokers import Fixed, asking, says, server

ALLOWED = [
    ("api.example.com", "https://api.example.com/"),
    ("api.example.com", "https://API.example.com:443/a?b#c"),
    ("api.example.com", "https://api.example.com./"),
    ("bücher.example", "https://xn--bcher-kva.example/"),
    ("*.example.com", "https://a.example.com/"),
    ("*.example.com", "https://a.b.example.com/"),
    ("example.com:8443", "https://example.com:8443/"),
    ("example.com:8443", "http://example.com:8443/"),
    ("http://example.com", "http://example.com/"),
    ("https://example.com/v1", "https://example.com/v1"),
    ("https://example.com/v1", "https://example.com/v1/things"),
    ("https://example.com/v1/", "https://example.com/v1/x/../y"),
    ("https://example.com/v1", "https://example.com/v2/../v1/x"),
    ("[::1]:8080", "http://[::1]:8080/"),
    ("127.0.0.1:8080", "http://0x7f.0.0.1:8080/"),
]
REFUSED = [
    ("api.example.com", "http://api.example.com/"),
    ("api.example.com", "https://api.example.com:8443/"),
    ("api.example.com", "https://api.example.com.evil.test/"),
    ("api.example.com", "https://evil.test/api.example.com"),
    ("api.example.com", "https://xapi.example.com/"),
    ("api.example.com", "https://example.com/"),
    ("*.example.com", "https://example.com/"),
    ("*.example.com", "https://xexample.com/"),
    ("*.example.com", "https://a.example.com.evil.test/"),
    ("*.example.com", "http://a.example.com/"),
    ("http://example.com", "https://example.com/"),
    ("https://example.com/v1", "https://example.com/v10"),
    ("https://example.com/v1", "https://example.com/"),
    ("https://example.com/v1", "https://example.com/v1/../admin"),
    ("https://example.com/v1", "https://example.com/v1/%2e%2e/admin"),
    ("https://example.com/v1", "https://example.com/v1/..%2fadmin"),
    ("https://example.com/v1", "https://example.com/v1/..%5cadmin"),
    ("https://example.com/v1", "https://example.com/v1/..;/admin"),
    ("https://example.com/v1", "https://example.com/v1%00/admin"),
    ("https://example.com/v1", "https://example.com//v1"),
]
BAD_RULES = [
    "",
    " ",
    "*",
    "*.com",
    "*.127.0.0.1",
    "a.*.com",
    "http://",
    "ftp://example.com",
    "example.com/path",
    "example.com:99999",
    "https://u:p@example.com",
    "https://example.com/?q",
    "https://example.com/#f",
    "https://example.com/a%2fb",
    "exa mple.com",
    "x" * 3000,
]


@pytest.mark.parametrize(("rule", "url"), ALLOWED)
def test_rule_allows(rule: str, url: str) -> None:
    Allowances(((parse_rule(rule),),)).check(parse_url(url), "GET")


@pytest.mark.parametrize(("rule", "url"), REFUSED)
def test_rule_does_not_allow(rule: str, url: str) -> None:
    with pytest.raises(FetchDeniedError, match="was not granted"):
        Allowances(((parse_rule(rule),),)).check(parse_url(url), "GET")


@pytest.mark.parametrize("rule", BAD_RULES)
def test_invalid_rules_are_refused(rule: str) -> None:
    with pytest.raises(BadRuleError):
        parse_rule(rule)


@pytest.mark.parametrize("rule", [rule for rule, _ in ALLOWED])
def test_rule_round_trips(rule: str) -> None:
    assert parse_rule(str(parse_rule(rule))) == parse_rule(rule)


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_is_refused(text: str) -> None:
    try:
        rule = parse_rule(text)
    except BadRuleError:
        return
    assert parse_rule(str(rule)) == rule


def test_rule_may_limit_methods() -> None:
    allowed = Allowances(((parse_rule("example.com", ["get"]),),))
    allowed.check(parse_url("https://example.com/"), "GET")
    with pytest.raises(FetchDeniedError, match="allow other methods or paths"):
        allowed.check(parse_url("https://example.com/"), "POST")


def test_host_must_be_on_every_list() -> None:
    lists = ((parse_rule("*.example.com"),), (parse_rule("a.example.com"),))
    allowed = Allowances(lists)
    allowed.check(parse_url("https://a.example.com/"), "GET")
    with pytest.raises(FetchDeniedError, match=r"--allow-fetch b\.example\.com"):
        allowed.check(parse_url("https://b.example.com/"), "GET")
    assert not Allowances(((parse_rule("a.example.com"),), ())).any


def test_private_address_needs_every_list() -> None:
    lists = ((parse_rule("127.0.0.1:80"),), (parse_rule("*.example.com"),))
    url = parse_url("http://127.0.0.1/")
    assert url.address is not None
    with pytest.raises(FetchDeniedError, match="loopback"):
        Allowances(lists).check_address(url, url.address)


async def test_policy_applies_to_chosen_agents_and_organisations() -> None:
    document = {
        "fetch": [
            {"rule": "a.example.com"},
            {"rule": "b.example.com", "agents": ["research"], "methods": ["POST"]},
            {"rule": "c.example.com", "organisations": ["acme"]},
        ],
        "secrets": [
            {"name": "KEY", "hosts": ["a.example.com"], "from": {"environment": "OTHER"}},
            {"name": "FOR_ACME", "hosts": ["c.example.com"], "organisations": ["acme"]},
        ],
    }
    lookup = {"OTHER": "value-of-other", "FOR_ACME": "value-for-acme"}.get
    policy = read_policy(json.dumps(document), Providers(lookup).source_of)

    def hosts(agent: str, organisation: str) -> list[str]:
        return [rule.host for rule in policy.rules_for(agent, organisation)]

    assert hosts("main", "") == ["a.example.com"]
    assert hosts("research", "") == ["a.example.com", "b.example.com"]
    assert hosts("main", "acme") == ["a.example.com", "c.example.com"]
    assert [each.name for each in policy.secrets_for("main", "")] == ["KEY"]
    assert await policy.secrets[0].source.value("KEY") == "value-of-other"
    assert await policy.secrets[1].source.value("FOR_ACME") == "value-for-acme"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "not JSON"),
        ("[]", "an object of"),
        ('{"fetches": []}', "an object of"),
        ('{"fetch": {}}', "must list at most"),
        ('{"fetch": [1]}', "fetch[0] must be an object"),
        ('{"fetch": [{}]}', "fetch[0].rule must be a string"),
        ('{"fetch": [{"rule": "*"}]}', "fetch[0] is invalid"),
        ('{"fetch": [{"rule": "a.b", "host": 1}]}', "unknown field 'host'"),
        ('{"fetch": [{"rule": "a.b", "methods": "GET"}]}', "methods must be a list"),
        ('{"fetch": [{"rule": "a.b", "agents": [1]}]}', "agents must be a list"),
        ('{"secrets": [{"name": "a b", "hosts": ["a.b"]}]}', "letters, digits"),
        ('{"secrets": [{"name": "A"}]}', "must name the hosts"),
        ('{"secrets": [{"name": "A", "hosts": []}]}', "must name the hosts"),
        ('{"secrets": [{"name": "A", "hosts": ["a.b"], "from": {}}]}', "one of environment"),
        ('{"secrets": [{"name": "A", "hosts": ["a.b"], "from": {"vault": 1}}]}', "comes from"),
        ('{"secrets": [{"name": "A", "hosts": ["a.b"], "from": {"command": []}}]}', "comes from"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_invalid_policies_are_refused(document: str, said: str) -> None:
    with pytest.raises(SetupError) as refused:
        read_policy(document, Providers(lambda _: None).source_of)
    assert said in refused.value.message


def test_grants_and_secrets_have_short_forms() -> None:
    policy = EgressPolicy(grants_of(["a.example.com"]), ())
    joined = policy.joined(EgressPolicy(grants_of(["b.example.com"]), ()))
    assert [str(each.rule) for each in joined.grants] == ["a.example.com", "b.example.com"]
    (bound,) = bindings_of(["KEY@a.example.com", "KEY@b.example.com"], Fixed("x"))
    assert [str(rule) for rule in bound.hosts] == ["a.example.com", "b.example.com"]
    for text in ("KEY", "@host", "KEY@", "a b@host", "KEY@*"):
        with pytest.raises(SetupError):
            bindings_of([text], Fixed("x"))


@pytest.mark.parametrize(
    ("text", "hosts", "header", "methods"),
    [
        ("KEY@a.io,header=X-Api-Key", "a.io", "x-api-key", set()),
        ("KEY@a.io:8443,header=x,method=post,method=PUT", "a.io:8443", "x", {"POST", "PUT"}),
        ("KEY@https://a.io/v1:x,method=GET", "https://a.io/v1:x", "", {"GET"}),
        ("KEY@[::1]:8080,header=x", "[::1]:8080", "x", set()),
        ("KEY@*.a.io,header=authorization", "*.a.io", "authorization", set()),
    ],
)
def test_secret_options_are_parsed(text: str, hosts: str, header: str, methods: set[str]) -> None:
    (bound,) = bindings_of([text], Fixed("x"))
    assert [str(rule) for rule in bound.hosts] == [hosts]
    assert (bound.header, bound.hosts[0].methods) == (header, frozenset(methods))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "KEY@a.io,heder=x",
            "unknown option 'heder'; valid are header=NAME, method=METHOD and like=EXAMPLE",
        ),
        ("KEY@a.io,header", "an option without a name"),
        ("KEY@a.io,", "an option without a name"),
        ("KEY@a.io:header=x", "cannot be read"),
        ("KEY@a.io,header=", "bound to what is not a header name"),
        ("KEY@a.io,header=a b", "bound to what is not a header name"),
        ("KEY@a.io,header=x,header=y", "names two headers"),
        ("KEY@a.io,header=Host", "the header host, which a tool cannot set"),
        ("KEY@a.io,method=", "invalid method"),
        ("KEY@a.io,method=G-T", "invalid method"),
        ("KEY@a.io/v1,header=x", "has a path but no scheme"),
    ],
)
def test_invalid_secret_options_are_refused(text: str, said: str) -> None:
    with pytest.raises(SetupError) as refused:
        bindings_of([text], Fixed("x"))
    assert said in refused.value.message


def test_policy_binds_secret_to_header_methods_and_paths() -> None:
    entry = {
        "name": "KEY",
        "hosts": ["https://a.io/v1"],
        "header": "X-Key",
        "methods": ["post"],
        "from": {"environment": "KEY"},
    }
    document = json.dumps({"secrets": [entry]})
    (bound,) = read_policy(document, Providers(str).source_of).secrets
    (rule,) = bound.hosts
    assert (bound.header, str(rule), rule.methods) == (
        "x-key",
        "https://a.io/v1",
        frozenset({"POST"}),
    )
    for change, said in (
        ({"header": "a b"}, "not a header name"),
        ({"header": 5}, "header must be a string"),
        ({"header": "host"}, "cannot set"),
        ({"methods": "POST"}, "methods must be a list of strings"),
        ({"methods": ["a b"]}, "invalid method"),
        ({"headers": ["x"]}, "unknown field 'headers'"),
    ):
        with pytest.raises(SetupError) as refused:
            read_policy(
                json.dumps({"secrets": [{**entry, **change}]}),
                Providers(str).source_of,
            )
        assert said in refused.value.message


@pytest.mark.parametrize(
    "value", ["", "short", "x" * 5000, "line\nbreak-in-it", " padded-value", "ünïcode-value"]
)
def test_invalid_secret_values_are_refused(value: str) -> None:
    with pytest.raises(SetupError) as refused:
        check_value("KEY", value)
    assert value not in refused.value.message or len(value) < 6


async def test_secrets_come_from_every_source(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    assert await FileSecrets(file).value("KEY") == "from-a-file"
    assert await CommandSecrets(["printf", "from-a-%s", "command"]).value("KEY") == "from-a-command"
    handed = CommandSecrets(["sh", "-c", "printf %s $OWN"], {"PATH": os.defpath, "OWN": "handed"})
    assert await handed.value("KEY") == "handed"
    assert await EnvironmentSecrets({"KEY": "from-env"}.get).value("KEY") == "from-env"
    for source, said in (
        (FileSecrets(file.with_name("none")), "cannot be read"),
        (CommandSecrets(["false"]), "failed with status 1"),
        (CommandSecrets([str(file)]), "cannot be started"),
        (EnvironmentSecrets(lambda _: None), "set the environment variable KEY"),
    ):
        with pytest.raises(SetupError) as refused:
            await source.value("KEY")
        assert said in refused.value.message
        assert str(file) not in refused.value.message


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (301, "PUT", "PUT"),
        (303, "HEAD", "HEAD"),
        (302, "GET", "GET"),
    ],
)
async def test_redirect_changes_method_as_the_standard_says(
    status: int, method: str, then: str
) -> None:
    async with (
        server(says(b"end")) as last,
        server(says(b"", f"location: {last.url('/end')}", status=f"{status} x")) as first,
        asking(first.authority, last.authority) as tool,
    ):
        body = "eHl6" if method in ("POST", "PUT") else None
        got = await tool.fetch(
            first.url(), method=method, body=body, headers=[["Content-Type", "text/x"]]
        )
        assert (got["url"], got["redirected"]) == (last.url("/end"), True)
        (heard,) = last.heard
        assert heard.method == then
        kept = then == method and body is not None
        assert heard.body == (b"xyz" if kept else b"")
        assert [each.status for each in tool.records] == [status, 200]


async def test_credentials_do_not_cross_origins() -> None:
    async with (
        server(says(b"end")) as other,
        server(says(b"", f"location: {other.url()}", status="302 x")) as first,
        asking(first.authority, other.authority) as tool,
    ):
        headers = [["Authorization", "Bearer x"], ["Cookie", "a=b"], ["X-Kept", "yes"]]
        await tool.fetch(first.url(), headers=headers)
        assert first.heard[0].headers["authorization"] == "Bearer x"
        assert "authorization" not in other.heard[0].headers
        assert "cookie" not in other.heard[0].headers
        assert other.heard[0].headers["x-kept"] == "yes"


async def test_redirect_modes_follow_expose_or_refuse() -> None:
    async with (
        server(says(b"seen", "location: /next", status="302 Found")) as wire,
        asking(wire.authority) as tool,
    ):
        got = await tool.fetch(wire.url(), redirect="manual")
        assert (got["status"], got["statusText"], got["content"]) == (302, "Found", b"seen")
        kind, message = await tool.refused(wire.url(), redirect="error")
        assert (kind, "redirects" in message) == ("THROWN", True)
        kind, message = await tool.refused(wire.url())
        assert message == f"{wire.authority} redirects more than 20 times"
        assert len(wire.heard) == 1 + 1 + 21
    async with (
        server(says(b"", "location: ftp://x/", status="302 x")) as wire,
        asking(wire.authority) as tool,
    ):
        kind, message = await tool.refused(wire.url())
        assert "Only http" in message


async def test_unsafe_request_carries_idempotency_key_unless_set() -> None:
    async with server(says()) as wire, asking(wire.authority, key="key-of-the-call") as tool:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            await tool.fetch(wire.url(), method=method)
        await tool.fetch(wire.url(), method="POST", headers=[["idempotency-key", "own"]])
        keys = [each.headers.get("idempotency-key") for each in wire.heard]
        assert keys == [None, *["key-of-the-call"] * 4, "own"]


async def test_unsafe_request_is_never_repeated() -> None:
    async def drop(_: object, writer: object) -> None:
        writer.close()  # type: ignore[attr-defined]

    async with server(drop) as wire, asking(wire.authority) as tool:
        for method in ("POST", "GET"):
            kind, _ = await tool.refused(wire.url(), method=method)
            assert kind == "THROWN"
        assert len(wire.heard) == 2


@pytest.mark.parametrize(
    "text",
    [
        "HUSH-VALUE",
        '{"KEY":"HUSH"}',
        "KEY=HUSH@a.io",
        "KEY@https://user:HUSH@a.io/x",
        "KEY@https://*.HUSH",
        "KEY@HUSH/x",
        "KEY@a.io?HUSH",
        "KEY@a.io,HUSH",
        "KEY@a.io,key=HUSH",
        "KEY@a.io,header=HUSH/",
        "KEY@a.io,method=HUSH-1",
    ],
)
def test_wrong_secret_binding_is_not_shown(text: str) -> None:
    with pytest.raises(SetupError) as refused:
        bindings_of(["A@a.io", text], Fixed("x"))
    assert "HUSH" not in refused.value.message


def test_user_part_of_a_wrong_rule_is_not_shown() -> None:
    for text in ("https://user:HUSH@a.io", "user:HUSH@a.io/x", "https://user:HUSH@[/"):
        with pytest.raises(BadRuleError) as refused:
            parse_rule(text)
        assert "HUSH" not in str(refused.value)
