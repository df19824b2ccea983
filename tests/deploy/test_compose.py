"""The Compose file gives each service what it needs and no more, of files that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.manifests import DEPLOY, ROOT, compose

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
EACH = pytest.mark.parametrize("name", SERVICES)
OURS = ("executor", "toolrunner", "migrate")
SECRETS = "secrets/"


@EACH
def test_every_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"cpus", "memory", "pids"} == set(service["deploy"]["resources"]["limits"])
    assert not any(service.get(each) for each in ("privileged", "cap_add", "network_mode"))


@EACH
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].rpartition(":")[2]
    assert re.match(r"v?\d+\.\d+", tag)


@EACH
def test_what_a_service_refers_to_is_declared(name: str) -> None:
    service, whole = SERVICES[name], compose()
    assert set(service["networks"]) <= set(whole["networks"])
    assert set(service.get("secrets", ())) <= set(whole["secrets"])
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    for each in service.get("volumes", ()):
        source = each["source"] if isinstance(each, dict) else each.partition(":")[0]
        here = (DEPLOY / source).exists() if source.startswith("./") else source in whole["volumes"]
        assert here, source


@EACH
def test_ports_are_published_on_loopback_only(name: str) -> None:
    assert all(each.startswith("127.0.0.1:") for each in SERVICES[name].get("ports", ()))


@EACH
def test_who_is_waited_for_has_a_health_check(name: str) -> None:
    waited = SERVICES[name].get("depends_on", {})
    if isinstance(waited, dict):
        for other, condition in waited.items():
            if condition["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"][0] == "CMD"


def test_no_network_of_the_toolrunner_leads_out() -> None:
    networks = compose()["networks"]
    assert SERVICES["toolrunner"]["networks"]
    assert all(networks[each].get("internal") for each in SERVICES["toolrunner"]["networks"])
    assert "ports" not in SERVICES["toolrunner"]
    assert not {"data", "outside"} & set(SERVICES["toolrunner"]["networks"])


def test_only_the_executor_has_keys_of_models_and_a_way_out() -> None:
    with_keys = {name for name, each in SERVICES.items() if "env_file" in each}
    assert with_keys == {"executor", "migrate"}
    assert {name for name, each in SERVICES.items() if "outside" in each["networks"]} == {
        "executor"
    }


def test_both_services_meet_at_one_socket() -> None:
    place = "unix:/run/caisson/toolrunner.sock"
    environments = {name: SERVICES[name]["environment"] for name in OURS}
    assert environments["toolrunner"]["CAISSON_TOOLRUNNER_ADDRESS"] == place
    assert environments["executor"]["CAISSON_EXECUTOR_TOOLRUNNER"] == place
    options = compose()["volumes"]["toolrunner-socket"]["driver_opts"]["o"]
    assert {"uid=10001", "gid=10001", "mode=0700"} <= set(options.split(","))


def test_secrets_are_files_that_git_ignores() -> None:
    files = [each["file"] for each in compose()["secrets"].values()]
    assert all(each.startswith(SECRETS) for each in files)
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for name in OURS:
        given = SERVICES[name]["environment"]
        named = {Path(each).name for each in given.values() if each.startswith("/run/secrets/")}
        assert named == set(SERVICES[name].get("secrets", ()))


@pytest.mark.parametrize("name", ["executor", "toolrunner"])
def test_a_container_has_time_to_drain(name: str) -> None:
    service = SERVICES[name]
    drain = float(service["environment"][f"CAISSON_{name.upper()}_DRAIN_S"])
    assert float(service["stop_grace_period"].removesuffix("s")) >= drain + 10
