"""What a version may reach: how it bounds the deployment's policy, and what makes it wider."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.executor.call_rules import ApprovalRule
from services.executor.egress.audience import Audience
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy, FetchGrant
from services.executor.egress.rules import FetchRule, parse_rule
from services.executor.egress.secrets import SecretBinding
from services.executor.egress.version_reach import SecretAccess, VersionReach, common_rule, covers
from services.executor.egress.web_url import parse_url
from services.executor.limits import RunLimits, ToolCallLimits
from services.executor.registry.widening import FIRST, widened
from tests.egress.brokers import Fixed

HOSTS = ["example.com", "api.example.com", "a.api.example.com", "other.org", "127.0.0.1"]
RULES = [
    *("example.com", "api.example.com", "*.example.com", "*.api.example.com", "other.org"),
    *("http://example.com", "example.com:443", "https://api.example.com/v1"),
    *(
        "https://api.example.com/v1/",
        "https://api.example.com/v1/users",
        "https://example.com:8443",
    ),
    *("https://127.0.0.1/v1", "*.other.org", "https://*.example.com/v1"),
]
METHODS = ["GET", "POST", "PUT"]
PATHS = ["/", "/v1", "/v1/", "/v1/users", "/v1/users/7", "/v10", "/v2"]

rules = st.builds(parse_rule, st.sampled_from(RULES), st.lists(st.sampled_from(METHODS)))
urls = st.builds(
    lambda scheme, host, port, path: parse_url(f"{scheme}://{host}{port}{path}"),
    st.sampled_from(["http", "https"]),
    st.sampled_from(HOSTS),
    st.sampled_from(["", ":443", ":8443"]),
    st.sampled_from(PATHS),
)


@given(rules, rules, urls, st.sampled_from(METHODS))
def test_a_common_rule_allows_what_both_allow(
    one: FetchRule, two: FetchRule, url: Any, method: str
) -> None:
    both = common_rule(one, two)
    allowed = both is not None and both.allows(url, method)
    assert allowed == (one.allows(url, method) and two.allows(url, method))
    assert common_rule(two, one) == both


@given(rules, rules, urls, st.sampled_from(METHODS))
def test_a_covering_rule_allows_all_of_the_other(
    wide: FetchRule, narrow: FetchRule, url: Any, method: str
) -> None:
    if covers(wide, narrow) and narrow.allows(url, method):
        assert wide.allows(url, method)
    assert covers(wide, wide)


@given(st.lists(rules), st.lists(rules), urls, st.sampled_from(METHODS))
def test_what_is_no_wider_allows_no_more(
    old: list[FetchRule], new: list[FetchRule], url: Any, method: str
) -> None:
    if not widened(VersionReach(tuple(old)), VersionReach(tuple(new))) and any(
        rule.allows(url, method) for rule in new
    ):
        assert any(rule.allows(url, method) for rule in old)


FULL = VersionReach(
    fetch=(parse_rule("*.example.com", ["GET"]), parse_rule("https://api.x.com/v1")),
    secrets=(SecretAccess("KEY", (parse_rule("api.x.com"), parse_rule("b.x.com")), "x-key"),),
    env=frozenset({"REGION"}),
    models=("openai/gpt-x",),
    limits=RunLimits(max_steps=5, max_cost_usd=0.5, tool=ToolCallLimits(host_calls=3)),
    approvals=(ApprovalRule("refund"), ApprovalRule("pay", {"type": "object"}, 60.0)),
)


def secret(*hosts: str, header: str = "x-key", name: str = "KEY") -> dict[str, Any]:
    return {"secrets": (SecretAccess(name, tuple(map(parse_rule, hosts)), header),)}


NARROWER: list[dict[str, Any]] = [
    {},
    {"fetch": ()},
    {"fetch": (parse_rule("api.example.com", ["GET"]),)},
    {"fetch": (parse_rule("https://api.x.com/v1/users"),)},
    {"secrets": ()},
    secret("api.x.com"),
    secret("https://api.x.com/v2"),
    {"env": frozenset()},
    {"models": ()},
    {"limits": replace(FULL.limits, max_steps=4)},
    {"limits": replace(FULL.limits, max_tool_calls=4)},
    {"limits": replace(FULL.limits, tool=ToolCallLimits(host_calls=2, fuel=5))},
    {"approvals": (*FULL.approvals, ApprovalRule("more"))},
    {"approvals": (ApprovalRule("*"), ApprovalRule("pay", None, 60.0))},
]
WIDER: dict[str, dict[str, Any]] = {
    "new fetch rule other.org": {"fetch": (*FULL.fetch, parse_rule("other.org"))},
    "new fetch rule *.example.com": {"fetch": (parse_rule("*.example.com"),)},
    "new fetch rule *.example.com (GET, POST)": {
        "fetch": (parse_rule("*.example.com", ["GET", "POST"]),)
    },
    "new fetch rule example.com (GET)": {"fetch": (parse_rule("example.com", ["GET"]),)},
    "new fetch rule api.x.com": {"fetch": (parse_rule("api.x.com"),)},
    "new fetch rule http://api.x.com/v1": {"fetch": (parse_rule("http://api.x.com/v1"),)},
    "new secret OTHER": secret("api.x.com", name="OTHER"),
    "new use of the secret KEY: c.x.com in x-key": secret("c.x.com"),
    "new use of the secret KEY: *.x.com in x-key": secret("*.x.com"),
    "new use of the secret KEY: api.x.com": secret("api.x.com", header=""),
    "new use of the secret KEY: api.x.com in x-other": secret("api.x.com", header="x-other"),
    "new plain value TOKEN": {"env": frozenset({"REGION", "TOKEN"})},
    "new model openai/gpt-y": {"models": ("openai/gpt-x", "openai/gpt-y")},
    "tools may ask models": {"tool_models": True},
    "limits.max_steps is raised from 5 to 6": {"limits": replace(FULL.limits, max_steps=6)},
    "limits.max_cost_usd is not limited any more (was 0.5)": {
        "limits": replace(FULL.limits, max_cost_usd=None)
    },
    "limits.tool.host_calls is raised from 3 to 4": {
        "limits": replace(FULL.limits, tool=ToolCallLimits(host_calls=4))
    },
    "limits.max_cost_usd is raised from 0.5 to nan": {
        "limits": replace(FULL.limits, max_cost_usd=float("nan"))
    },
    'calls of "refund" need no approval any more, or fewer of them do': {
        "approvals": FULL.approvals[1:]
    },
    'calls of "pay" need no approval any more, or fewer of them do': {
        "approvals": (FULL.approvals[0], ApprovalRule("pay", {"type": "string"}, 60.0))
    },
}


@pytest.mark.parametrize("change", NARROWER, ids=str)
def test_less_is_no_wider(change: dict[str, Any]) -> None:
    assert widened(FULL, replace(FULL, **change)) == ()


@pytest.mark.parametrize("sentence", WIDER)
def test_more_is_wider_and_says_in_what(sentence: str) -> None:
    assert widened(FULL, replace(FULL, **WIDER[sentence])) == (sentence,)


def test_the_first_version_is_wider_than_nothing() -> None:
    assert widened(None, VersionReach()) == (FIRST,)


def test_many_reasons_are_counted() -> None:
    new = VersionReach(tuple(parse_rule(f"h{number}.example") for number in range(150)))
    told = widened(VersionReach(), new)
    assert len(told) == 100
    assert told[-1] == "and 51 more"


C_HOST = parse_rule("c.x.com")
SOURCE = Fixed("a value of eight")
POLICY = EgressPolicy(
    grants=(FetchGrant(parse_rule("*.x.com")),),
    secrets=(
        SecretBinding("KEY", (parse_rule("api.x.com"), parse_rule("b.x.com")), SOURCE),
        SecretBinding("KEY", (parse_rule("c.x.com"),), SOURCE, header="x-other"),
        SecretBinding("MINE", (parse_rule("api.x.com"),), SOURCE, Audience(frozenset({"other"}))),
    ),
    env=(PlainValue("REGION", "eu"), PlainValue("SHOP", "https://shop.example")),
)


def test_a_policy_is_restricted_to_the_reach() -> None:
    reach = VersionReach(
        fetch=(parse_rule("api.x.com"), parse_rule("evil.example")),
        secrets=(
            SecretAccess(
                "KEY", (parse_rule("https://api.x.com/v1"), parse_rule("c.x.com")), "x-key"
            ),
            SecretAccess("MINE", (parse_rule("api.x.com"),)),
            SecretAccess("NONE", (parse_rule("api.x.com"),)),
        ),
        env=frozenset({"REGION", "OTHER"}),
    )
    found = reach.restricted(POLICY)
    assert found.bounds == reach.fetch
    assert found.grants == POLICY.grants
    assert [(each.name, each.header, [*map(str, each.hosts)]) for each in found.secrets] == [
        ("KEY", "x-key", ["https://api.x.com/v1"]),
        ("MINE", "", ["api.x.com"]),
    ]
    assert [each.name for each in found.secrets_for("main", "")] == ["KEY"]
    assert found.values_for("main", "") == {"REGION": "eu"}


def test_nothing_is_left_of_a_policy_without_reach() -> None:
    found = VersionReach().restricted(POLICY)
    assert (found.secrets, found.env, found.bounds) == ((), (), ())
