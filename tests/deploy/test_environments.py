"""Every variable that deploy/ sets is a setting, and its value is one that the service takes."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from services.executor import settings as executor
from services.front.secret_files import secret_files
from services.toolrunner import settings as toolrunner
from tests.deploy.manifests import DEPLOY, environments

SETTINGS = {
    "executor": (executor.Settings, executor.PREFIX),
    "toolrunner": (toolrunner.Settings, toolrunner.PREFIX),
}
READ = {"executor": executor.read_settings, "toolrunner": toolrunner.read_settings}
# What the files of secrets hold, by their names.
SECRETS = {
    "database-url": "postgresql://caisson:secret@postgres/caisson",
    "executor-key": "a2V5" * 11,
    "page-token-key": "k" * 48,
    "journal-keys": f"k1:{'a2V5' * 11}",
    "quota-url": "valkey://:secret@valkey:6379/0",
}
QUOTAS = DEPLOY / "compose/quotas.json"
ENVIRONMENTS = {where: (service, given) for where, service, given in environments()}
EACH = pytest.mark.parametrize("where", ENVIRONMENTS)


@EACH
def test_variables_are_settings(where: str) -> None:
    service, given = ENVIRONMENTS[where]
    kind, prefix = SETTINGS[service]
    known = {prefix + each.name.upper(): each for each in fields(kind)}
    assert set(given) <= {*known, *secret_files(known)}


@EACH
def test_values_are_taken(where: str, tmp_path: Path) -> None:
    service, given = ENVIRONMENTS[where]
    local = {}
    for name, value in given.items():
        file = tmp_path / Path(value).name
        if name.endswith("_FILE"):
            file.write_text(SECRETS[file.name] + "\n")
            local[name] = str(file)
        else:
            local[name] = str(QUOTAS) if name.endswith("_QUOTAS") else value
    READ[service](local)


@EACH
def test_what_other_machines_reach_asks_who_they_are(where: str) -> None:
    service, given = ENVIRONMENTS[where]
    prefix = SETTINGS[service][1]
    if not given.get(prefix + "ADDRESS", "unix:").startswith("unix:"):
        asks = {"executor": "API_KEYS", "toolrunner": "TLS_CLIENT_CA"}
        assert given[prefix + asks[service]]
