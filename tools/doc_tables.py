"""Generate the tables of ``docs/`` from the code, or check them.

Each table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``: the settings of a service,
from its settings class, the statuses of refused requests, from ``errors.proto``, the providers of
models, what is known of each, from the tests' table of facts, and the settings of agents and tools,
from each framework's table, and the metrics of both services.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from services.cli.settings_help import settings_of
from services.executor import settings as executor
from services.executor.bundle.frameworks.framework import Framework
from services.executor.bundle.frameworks.registry import FRAMEWORKS
from services.executor.bundle.frameworks.setting_table import Level, Setting
from services.executor.metrics_setup import described as executor_metrics
from services.executor.providers.access import REGION_VARIABLES
from services.executor.providers.table import BEDROCK, PROVIDERS
from services.telemetry.metrics.meters import Described
from services.toolrunner import settings as toolrunner
from services.toolrunner.metrics_setup import described as toolrunner_metrics
from tests.providers.chat_facts import CHAT
from tests.providers.facts import Facts
from tests.providers.own_facts import OWN

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
ERRORS_PROTO = ROOT / "protos" / "caisson" / "executor" / "v1" / "errors.proto"
REASON = re.compile(r"((?:  // .*\n)+)  ERROR_REASON_(\w+) = [1-9]\d*;")
TABLE = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table(settings_class: type, prefix: str) -> list[str]:
    """Return the lines of the table of a service's settings."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in settings_of(settings_class, prefix):
        default = setting.default if setting.default == "not set" else f"`{setting.default}`"
        meaning = setting.meaning.replace("``", "`")
        rows.append(f"| `{setting.variable}` | {default} | {meaning} |")
    return rows


def status_table() -> list[str]:
    """Return the lines of the table of statuses, each reason under its code, as the proto says."""
    rows = []
    for comment, name in REASON.findall(ERRORS_PROTO.read_text(encoding="utf-8")):
        text = " ".join(line.strip().removeprefix("// ") for line in comment.splitlines())
        when, _, code = text.rstrip(".").rpartition(". ")
        if when:
            rows.append(f"| `{code}` | `{name}` | {when} |")
    return ["| status | reason | when |", "|---|---|---|", *sorted(rows)]


def names(variables: Iterable[str]) -> str:
    """Return the table cell of these variables."""
    return ", ".join(f"`{variable}`" for variable in variables)


def provider_table() -> list[str]:
    """Return the lines of the table of providers, with their variables."""
    rows = ["| provider | its key | its base URL, for a server of your own |", "|---|---|---|"]
    for row in PROVIDERS.values():
        keys, bases = names(row.keys), names(row.bases)
        if row.signs:
            keys = f"{keys}, or {names(variable for _, variable in row.signs[:-1])}"
        if not row.needs_key:
            keys += ", if it wants one"
        if row.name == BEDROCK:
            bases += f", or one of {names(REGION_VARIABLES)}"
        elif not row.url:
            bases += ", needed"
        rows.append(f"| `{row.name}` | {keys} | {bases} |")
    return rows


def fact_table() -> list[str]:
    """Return the lines of the table of what providers' documentation says, by name."""
    rows = [
        "| provider | form | reasoning | calls | counts | schema in | source | no source for |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for facts in sorted((*OWN, *CHAT), key=lambda each: each.name):
        where = facts.usage.value if facts in CHAT else "its own"
        cells = (
            f"`{facts.name}`" + (" (by an alias)" if facts.alias and facts in CHAT else ""),
            facts.form.value,
            f"`{facts.reasoning}`" if facts.reasoning else "not shown",
            call_cell(facts),
            where,
            f"`{facts.schema}`" if facts.schema else "none",
            facts.source,
            ", ".join(facts.unconfirmed),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def call_cell(facts: Facts) -> str:
    """Return the table cell of how a provider streams calls."""
    if not facts.tools:
        return "takes no tools"
    numbered = {"own": "", "zero": ", all numbered 0"}.get(facts.index or "", ", not numbered")
    return ("whole" if facts.whole_calls else "in pieces") + numbered


def taken_over_settings(framework: Framework) -> set[tuple[Level, str, Setting]]:
    """Return the settings of another framework that this one takes over, all of them."""
    tables = (set(each_setting(each)) for each in FRAMEWORKS if each is not framework)
    own = set(each_setting(framework))
    return set[tuple[Level, str, Setting]]().union(*(table for table in tables if table < own))


def each_setting(framework: Framework) -> Iterator[tuple[Level, str, Setting]]:
    """Yield each setting with its level and name."""
    for level, settings in framework.settings.levels():
        yield from ((level, name, setting) for name, setting in settings.items())


def agent_setting_table() -> list[str]:
    """Return the lines of the table of agents' and tools' settings, like ones in one row."""
    rows = ["| framework | where | settings | Caisson | what that means |", "|---|---|---|---|---|"]
    for framework in sorted(FRAMEWORKS, key=lambda each: each.name):
        taken_over = taken_over_settings(framework)
        for level, settings in framework.settings.levels():
            alike: dict[tuple[str, str], list[str]] = {}
            for name, setting in settings.items():
                if (level, name, setting) in taken_over:
                    continue
                alike.setdefault((setting.handling.value, setting.meaning), []).append(name)
            rows += (
                f"| {framework.name} | {level.value} | {names(sorted(found))} | {handling} "
                f"| {meaning} |"
                for (handling, meaning), found in sorted(alike.items())
            )
    return rows


def metric_table(described: Iterable[Described]) -> list[str]:
    """Return the lines of the table of a service's metrics."""
    rows = (
        f"| `{each.name}` | {each.kind} | {names(each.labels)} | {each.meaning} |"
        for each in sorted(described, key=lambda one: one.name)
    )
    return ["| metric | type | labels | meaning |", "|---|---|---|---|", *rows]


def tables() -> dict[str, list[str]]:
    """Return the lines of every table by its name."""
    return {
        "executor settings": settings_table(executor.Settings, executor.PREFIX),
        "toolrunner settings": settings_table(toolrunner.Settings, toolrunner.PREFIX),
        "executor metrics": metric_table(executor_metrics()),
        "toolrunner metrics": metric_table(toolrunner_metrics()),
        "statuses": status_table(),
        "agent settings": agent_setting_table(),
        "providers": provider_table(),
        "provider facts": fact_table(),
    }


def main() -> int:
    """Write, or with ``--check`` compare; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    fresh = tables()
    stale = []
    for document in sorted(DOCS.glob("*.md")):
        text = document.read_text(encoding="utf-8")
        written = TABLE.sub(lambda found: found[1] + "\n".join([*fresh[found[2]], found[3]]), text)
        if written != text:
            stale.append(document.name)
            if not check:
                document.write_text(written, encoding="utf-8")
    if check and stale:
        print(f"stale tables in docs/ ({', '.join(stale)}), run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
