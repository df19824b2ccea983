"""Names in certificates, the patterns they are compared with, and the rules of organisations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.access.certificates import (
    NO_RULE,
    certificate_holder,
    parse_certificate_rules,
)
from services.executor.access.principal import Role
from services.executor.access_errors import UnauthenticatedError
from services.front.certificate_names import CertificateNames, matching_name, wrong_pattern
from services.front.settings_fields import WrongTextError
from tests.tls.authority import Authority

PEM = Authority().sign("somebody.example").certificate
MATCHES = [
    ("spiffe://m.example/ns/*/sa/backend", "spiffe://m.example/ns/prod/sa/backend", True),
    ("spiffe://m.example/ns/*/sa/backend", "spiffe://m.example/ns/a/b/sa/backend", False),
    ("spiffe://m.example/ns/*/sa/backend", "spiffe://m.example/ns//sa/backend", False),
    ("spiffe://m.example/ns/*/sa/backend", "spiffe://m.example/ns/prod/sa/backend/x", False),
    ("spiffe://m.example/ns/*/sa/backend", "spiffe://evil.example/ns/prod/sa/backend", False),
    ("spiffe://m.example/*", "spiffe://m.example/a", True),
    ("spiffe://m.example/*", "spiffe://m.example/a/b", False),
    ("spiffe://m.example/*", "spiffe://m.example", False),
    ("spiffe://m.example/team-*", "spiffe://m.example/team-a", True),
    ("spiffe://m.example/team-*", "spiffe://m.example/team-", False),
    ("spiffe://m.example/a", "spiffe://M.example/a", False),
    ("spiffe://m.example/a", "https://m.example/a", False),
    ("https://m.example/a", "https://m.example/a", True),
    ("backend.example", "backend.example", True),
    ("backend.example", "BACKEND.example", True),
    ("*.example", "backend.example", True),
    ("*.example", "a.backend.example", False),
    ("*.example", "example", False),
    ("*", "localhost", True),
    ("*", "backend.example", False),
    ("*", "spiffe://m.example/a", False),
]


def peer(*names: str) -> dict[str, list[bytes]]:
    """What gRPC says of a peer with these names."""
    return {
        "transport_security_type": [b"ssl"],
        "x509_pem_cert": [PEM],
        "peer_uri": [name.encode() for name in names if "://" in name],
        "peer_dns": [name.encode() for name in names if "://" not in name],
    }


def rules(*patterns: str) -> str:
    return json.dumps(
        [{"match": each, "organisation": "acme", "roles": ["invoker"]} for each in patterns]
    )


@pytest.mark.parametrize(("pattern", "name", "expected"), MATCHES)
def test_star_never_crosses_a_segment(pattern: str, name: str, expected: bool) -> None:
    parsed = parse_certificate_rules(rules(pattern))
    if expected:
        holder = certificate_holder(parsed, peer(name))
        assert holder is not None
        assert holder.subject.lower() == name.lower()
    else:
        with pytest.raises(UnauthenticatedError) as refused:
            certificate_holder(parsed, peer(name))
        assert refused.value.message == NO_RULE


@given(st.text("ab/*", min_size=1, max_size=12), st.text("ab/", min_size=1, max_size=12))
def test_a_match_has_as_many_segments_as_its_pattern(pattern: str, path: str) -> None:
    whole, uri = f"spiffe://m/{pattern}", f"spiffe://m/{path}"
    if wrong_pattern(whole):
        return
    if matching_name(whole, CertificateNames((uri,), (), "")) is not None:
        assert whole.count("/") == uri.count("/")
    assert matching_name(uri, CertificateNames((uri,), (), "")) == uri


def test_without_a_certificate_there_is_nobody() -> None:
    parsed = parse_certificate_rules(rules("spiffe://m.example/a"))
    assert certificate_holder(parsed, {"transport_security_type": [b"ssl"]}) is None
    assert certificate_holder(parsed, {}) is None


@pytest.mark.parametrize(
    "told",
    [
        peer(),
        # A SPIFFE id is the only URI of its certificate, whatever the other is.
        peer("spiffe://m.example/a", "spiffe://m.example/b"),
        peer("spiffe://m.example/a", "https://m.example/a"),
        peer("*.example"),
        {**peer("spiffe://m.example/a"), "peer_uri": [b"spiffe://m.example/a\xff"]},
        {**peer("spiffe://m.example/a"), "peer_uri": [b"spiffe://m.example/a\n"]},
        {**peer("spiffe://m.example/a"), "peer_uri": [b"spiffe://m.example/" + b"a" * 3000]},
        {**peer(), "peer_dns": [b"a.example\0.evil.example"]},
        # The subject and the common name identify nobody.
        {**peer(), "x509_common_name": [b"a.example"], "x509_subject": [b"CN=a.example"]},
        # A DNS name that looks like a URI is none.
        {**peer(), "peer_dns": [b"spiffe://m.example/a"]},
    ],
)
def test_what_is_no_name_matches_nothing(told: dict[str, list[bytes]]) -> None:
    parsed = parse_certificate_rules(rules("spiffe://m.example/a", "spiffe://m.example/*", "a.*"))
    with pytest.raises(UnauthenticatedError):
        certificate_holder(parsed, told)


def test_first_rule_counts() -> None:
    text = json.dumps(
        [
            {"match": "spiffe://m.example/a", "organisation": "one", "roles": ["owner", "viewer"]},
            {"match": "spiffe://m.example/*", "organisation": "two", "roles": ["service"]},
        ]
    )
    parsed = parse_certificate_rules(text)
    first = certificate_holder(parsed, peer("spiffe://m.example/a"))
    second = certificate_holder(parsed, peer("spiffe://m.example/b"))
    assert first is not None
    assert second is not None
    assert (first.organisation, first.roles) == ("one", frozenset({Role.OWNER, Role.VIEWER}))
    assert (second.organisation, second.roles) == ("two", frozenset({Role.SERVICE}))


RIGHT = {"match": "spiffe://m.example/a", "organisation": "acme", "roles": ["owner"]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("{}", "must be a JSON list"),
        (json.dumps([RIGHT] * 1001), "must be a JSON list of at most 1000 rules"),
        ([1], "wrong rule 1"),
        ([RIGHT, {**RIGHT, "role": "owner"}], "wrong rule 2"),
        ([{"match": "a", "organisation": "acme"}], "an object of exactly match, organisation"),
        ([{**RIGHT, "match": ""}], '"match" in rule 1: it is empty'),
        ([{**RIGHT, "match": 1}], '"match" in rule 1: it is no text'),
        ([{**RIGHT, "match": "spiffe://m example/a"}], "it must be a URI such as"),
        ([{**RIGHT, "match": "Backend.example"}], "it must be a URI such as"),
        ([{**RIGHT, "match": "spiffe://m/*a*"}], "more than one * between two '/'"),
        ([{**RIGHT, "match": "spiffe://m/" + "a" * 2048}], "more than 2048 characters"),
        ([{**RIGHT, "organisation": ""}], 'wrong "organisation"'),
        ([{**RIGHT, "organisation": " acme"}], 'wrong "organisation"'),
        ([{**RIGHT, "organisation": None}], 'wrong "organisation"'),
        ([{**RIGHT, "roles": []}], 'wrong "roles" in rule 1: a list of owner, deployer'),
        ([{**RIGHT, "roles": ["boss"]}], 'wrong "roles"'),
        ([{**RIGHT, "roles": "owner"}], 'wrong "roles"'),
        ([{**RIGHT, "roles": [["owner"]]}], 'wrong "roles"'),
    ],
)
def test_what_is_wrong_with_rules_is_told(text: Any, words: str) -> None:
    given = text if isinstance(text, str) else json.dumps(text)
    with pytest.raises(WrongTextError) as told:
        parse_certificate_rules(given)
    assert words in str(told.value)
