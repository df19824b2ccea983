"""Alerts and dashboard: each query names metrics that are there, and what happens fires them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from tests.e2e.pair import BUNDLE, asks
from tests.executor.fake_provider import answer
from tests.metrics.measured import OPENMETRICS, Measured, measured, text_of
from tests.metrics.programs import Programs, running

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
CONFIG = RULES.with_name("prometheus.yaml")
DASHBOARD = ROOT / "deploy" / "grafana" / "caisson.json"
OPERATIONS = ROOT / "docs" / "operations.md"
OF_PROMETHEUS = {"up"}
SOON_S = 60.0


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries_of_dashboard() -> Iterator[str]:
    for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"].replace("$__rate_interval", "5m")


def named_by(query: str) -> set[str]:
    """Return the metrics that a query names."""
    names = set()

    def visit(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            assert node.name, f"{query} names no metric"
            names.add(node.name)

    promql_parser.walk(promql_parser.parse(query), visit)
    return names


async def with_a_tool(services: Measured) -> None:
    outcome = await services.client.run(bundle=BUNDLE, agent="calculator")
    assert outcome.kinds[-1] == "finish"


def test_each_alert_has_a_runbook() -> None:
    headings = re.findall(r"^### (\w+)$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)
    alerts = [rule["alert"] for rule in rules()]
    assert [heading for heading in headings if heading.startswith("Caisson")] == alerts
    for rule in rules():
        link = f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["annotations"]["runbook_url"] == link
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}


def test_each_alert_is_tested() -> None:
    tests = yaml.safe_load(RULES.with_name("rules_test.yaml").read_text(encoding="utf-8"))["tests"]
    fired = {
        case["alertname"]
        for test in tests
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert fired == {rule["alert"] for rule in rules()}


def test_alerts_fire_where_they_should(programs: Programs) -> None:
    programs.promtool("check", "rules", RULES)
    programs.promtool("check", "config", "--syntax-only", CONFIG)
    programs.promtool("test", "rules", RULES.with_name("rules_test.yaml"))


async def test_dashboard_and_alerts_name_what_is_exposed(
    programs: Programs, tmp_path: Path
) -> None:
    folder = str(tmp_path / "state")
    script = asks(("add", '{"a": 1, "b": 2}')), answer("3")
    async with measured(*script, state_dir=folder) as services:
        await with_a_tool(services)
        both = await services.of_executor(), await services.of_toolrunner()
        for server in (services.executor, services.toolrunner):
            programs.promtool("check", "metrics", given=await text_of(server.admin_address))
    exposed = set().union(*(shown.names for shown in both))
    used = set()
    for query in [*queries_of_dashboard(), *(rule["expr"] for rule in rules())]:
        used |= named_by(query)
    assert used <= exposed | OF_PROMETHEUS
    # Nor is anything exposed that nobody can see.
    seen = {re.sub(r"_(bucket|sum|count)$", "", name) for name in used}
    hidden = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed} - seen
    assert {name for name in hidden if "_process_" not in name} == set()


async def test_alert_fires_when_the_toolrunner_is_gone(programs: Programs, tmp_path: Path) -> None:
    soon = re.sub(r"for: \w+", "for: 1s", RULES.read_text(encoding="utf-8"))
    (tmp_path / "rules.yaml").write_text(soon, encoding="utf-8")
    script = asks(("add", '{"a": 1, "b": 2}')), answer("3")
    async with measured(*script) as services:
        config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
        config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
        config["global"]["scrape_timeout"] = "500ms"
        at = [services.executor.admin_address, services.toolrunner.admin_address]
        for job, address in zip(config["scrape_configs"], at, strict=True):
            job["static_configs"] = [{"targets": [address]}]
        (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        await with_a_tool(services)
        async with (
            running(programs, tmp_path / "prometheus.yaml") as prometheus,
            asyncio.timeout(SOON_S),
        ):
            await prometheus.comes('up{job="caisson-toolrunner"}', 1)
            await prometheus.comes('sum(caisson_toolrunner_calls_total{outcome="returned"})', 1)
            await prometheus.comes('sum(caisson_executor_runs_ended_total{end="finish"})', 1)
            await services.toolrunner.stop(drain_s=0.0)
            alert = await prometheus.fires("CaissonToolrunnerGone")
    assert alert["annotations"]["runbook_url"] == "docs/operations.md#caissontoolrunnergone"


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
async def test_form_is_what_the_scraper_asks_for(accept: str) -> None:
    async with measured(answer("Hi")) as services:
        text = await text_of(services.executor.admin_address, accept)
    assert text.endswith("# EOF\n") is bool(accept)
