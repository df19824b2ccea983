"""What tools reach through real packages, whichever way they are bundled: a person's reading."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from services.executor.bundle.process.read_source import read_source
from services.executor.bundle.reach import guest
from services.executor.domain import Json
from services.executor.egress.rules import parse_rule
from services.executor.tool_reach import Reach
from tests.npm import node
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


def test_self_written_fetch_has_known_host(reaches: dict[str, Reach]) -> None:
    assert reaches["forecast"] == Reach(globals=("fetch",), hosts=("api.weather.example",))


def test_file_modules_are_used_and_not_missing(reaches: dict[str, Reach]) -> None:
    assert reaches["read"] == Reach(modules=("node:fs/promises",))


def test_lodash_reaches_no_host_and_no_secret(reaches: dict[str, Reach]) -> None:
    group = reaches["group"]
    assert (group.hosts, group.env, group.modules, group.missing) == ((), (), (), ())
    # It looks for the global object with `Function("return this")()`.
    assert reasons(group) == {CODE, GLOBALS}


def test_hosts_are_egress_rules(reaches: dict[str, Reach]) -> None:
    hosts = [host for reach in reaches.values() for host in reach.hosts]
    assert "api.exa.ai" in hosts
    assert [str(parse_rule(host)) for host in hosts] == hosts


def test_exa_reaches_its_host_with_its_key(reaches: dict[str, Reach]) -> None:
    search = reaches["search"]
    assert search.hosts == ("api.exa.ai",)
    assert search.env == ("EXA_API_KEY",)
    assert {"fetch", "Headers", "process"} <= set(search.globals)
    # Its fetch falls back to a package that speaks http by itself, and takes any base URL.
    assert {"node:http", "node:https"} <= set(search.modules)
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


INPUTS: dict[str, Json] = {
    "search": {"query": "tea"},
    "draw": {"prompt": "tea"},
    "group": {"words": ["a", "bb"]},
    "forecast": {"city": "Oslo"},
    "add": {"numbers": [1, 2]},
}


@pytest.fixture(scope="module")
def judged(real_bundles: RealBundles) -> dict[str, dict[str, list[str]]]:
    """Return what each tool really reaches when Node runs it, with no network."""
    script = Path(__file__).parent / "reach_judge" / "judge.cjs"
    done = subprocess.run(
        [
            *(node(), "--no-deprecation", str(script)),
            *(str(real_bundles.reaching_min_cjs), "worker", json.dumps(INPUTS)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, dict[str, list[str]]] = json.loads(done.stdout)
    assert {name: each["ended"] for name, each in found.items()} == {
        name: ["returned"] for name in INPUTS
    }
    return found


@pytest.mark.parametrize("name", INPUTS)
def test_actual_requests_are_all_in_reach(
    name: str, reaches: dict[str, Reach], judged: dict[str, dict[str, list[str]]]
) -> None:
    reach, found = reaches[name], judged[name]
    assert set(found["globals"]) - guest.LANGUAGE <= set(reach.globals)
    assert set(found["env"]) <= set(reach.env)
    assert set(found["hosts"]) <= set(reach.hosts)


def test_client_variables_are_exactly_those_it_reads(
    reaches: dict[str, Reach], judged: dict[str, dict[str, list[str]]]
) -> None:
    for name in INPUTS:
        assert list(reaches[name].env) == judged[name]["env"]
