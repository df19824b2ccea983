"""What tools reach through real packages, whichever way they are bundled: a person's reading."""

from __future__ import annotations

import hashlib

import pytest

from services.executor.bundle.read_source import read_source
from services.executor.domain import Reach
from services.executor.egress.rules import parse_rule
from tests.real_bundles.build import RealBundles

HOSTS = "it may reach hosts that are computed at run time"
CODE = "it may run code that is made at run time"
GLOBALS = "it may use globals whose names are computed at run time"


@pytest.fixture(scope="module", params=["reaching_esm", "reaching_min_cjs"])
def reaches(request: pytest.FixtureRequest, real_bundles: RealBundles) -> dict[str, Reach]:
    """Return what each tool reaches, read from a readable and from a minified bundle."""
    source = getattr(real_bundles, request.param).read_bytes()
    manifest = read_source("sha256:" + hashlib.sha256(source).hexdigest(), source)
    tools = manifest.agents["worker"].tools
    return {key: tool.reach for key, tool in tools.items() if tool.reach is not None}


def reasons(reach: Reach) -> set[str]:
    """Return the reasons of the gaps."""
    return {gap.reason for gap in reach.gaps}


def test_arithmetic_reaches_nothing(reaches: dict[str, Reach]) -> None:
    assert reaches["add"] == Reach()


def test_a_fetch_of_ones_own_has_a_known_host(reaches: dict[str, Reach]) -> None:
    assert reaches["forecast"] == Reach(globals=("fetch",), hosts=("api.weather.example",))


def test_files_are_missing(reaches: dict[str, Reach]) -> None:
    module = ("node:fs/promises",)
    assert reaches["read"] == Reach(modules=module, missing=module)


def test_lodash_reaches_no_host_and_no_secret(reaches: dict[str, Reach]) -> None:
    group = reaches["group"]
    assert (group.hosts, group.env, group.modules, group.missing) == ((), (), (), ())
    # It looks for the global object with `Function("return this")()`.
    assert reasons(group) == {CODE, GLOBALS}


def test_hosts_are_rules_of_what_may_be_fetched(reaches: dict[str, Reach]) -> None:
    hosts = [host for reach in reaches.values() for host in reach.hosts]
    assert "api.exa.ai" in hosts
    assert [str(parse_rule(host)) for host in hosts] == hosts


def test_exa_reaches_its_host_with_its_key(reaches: dict[str, Reach]) -> None:
    search = reaches["search"]
    assert search.hosts == ("api.exa.ai",)
    assert search.env == ("EXA_API_KEY",)
    assert {"fetch", "Headers", "process"} <= set(search.globals)
    # Its fetch falls back to a package that speaks http by itself, and takes any base URL.
    assert {"node:http", "node:https", "node:zlib"} <= set(search.missing)
    assert HOSTS in reasons(search)


def test_openai_reaches_its_hosts_with_its_variables(reaches: dict[str, Reach]) -> None:
    draw = reaches["draw"]
    assert "api.openai.com" in draw.hosts
    assert all(host.endswith(".openai.com") for host in draw.hosts)
    assert {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID"} <= set(draw.env)
    assert all(name.startswith("OPENAI_") for name in draw.env)
    assert {"fetch", "FormData", "AbortController"} <= set(draw.globals)
    assert draw.missing == ()
    assert HOSTS in reasons(draw)
