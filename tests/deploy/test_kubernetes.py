"""The manifests of Kubernetes are valid, and give each service what it needs and no more."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.deploy.manifests import (
    KUBERNETES,
    OVERLAYS,
    ROOT,
    Manifest,
    built,
    container,
    kustomized,
    of_kind,
    pods,
    variables,
)

VERSION = "1.35"
SERVICES = {"executor": 50051, "toolrunner": 50052}
ADMIN_PORT = 9090
EACH = pytest.mark.parametrize("overlay", OVERLAYS)


@EACH
def test_manifests_fit_the_schemas_of_kubernetes(overlay: str) -> None:
    manifests = built(overlay)
    assert len(manifests) >= 10
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_wrong_field_is_found() -> None:
    manifest: Manifest = json.loads(json.dumps(of_kind(built("dev"), "Deployment")["executor"]))
    manifest["spec"]["template"]["spec"]["containers"][0]["securityContexts"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSION, strict=True)


@EACH
def test_all_is_in_one_namespace_that_enforces_restricted_pods(overlay: str) -> None:
    manifests = built(overlay)
    (namespace,) = of_kind(manifests, "Namespace").values()
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    others = {each["metadata"].get("namespace") for each in manifests if each is not namespace}
    assert others == {namespace["metadata"]["name"]}


@EACH
def test_pods_are_restricted(overlay: str) -> None:
    """What Kubernetes' `restricted` standard asks for, a read-only root, and no token."""
    for name, pod in pods(built(overlay)).items():
        spec, only = pod["spec"], container(pod)
        context = only["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert not any(spec.get(each) for each in ("hostNetwork", "hostPID", "hostIPC"))
        kinds = {kind for each in spec["volumes"] for kind in each if kind != "name"}
        assert kinds <= {"secret", "emptyDir", "configMap"}
        assert only["resources"]["limits"]["memory"]


@EACH
def test_what_an_image_writes_to_is_a_volume(overlay: str) -> None:
    dockerfile = (KUBERNETES.parent / "Dockerfile").read_text()
    for name in SERVICES:
        declared = re.findall(rf"FROM \S+ AS {name}\n.*?VOLUME (\[.*?\])", dockerfile, re.S)
        only = container(pods(built(overlay))[name])
        mounted = {each["mountPath"] for each in only["volumeMounts"] if not each.get("readOnly")}
        assert mounted == {"/tmp", *json.loads(declared[0])}


def reach(overlay: str, name: str, way: str) -> list[Manifest]:
    """Return the rules of the policies that select the pods of a workload."""
    return reach_in(built(overlay), name, way)


def reach_in(manifests: tuple[Manifest, ...], name: str, way: str) -> list[Manifest]:
    """Return the same of any manifests."""
    labels = pods(manifests)[name]["metadata"]["labels"]
    own = [
        each["spec"]
        for each in of_kind(manifests, "NetworkPolicy").values()
        if each["spec"]["podSelector"].get("matchLabels", {}).items() <= labels.items()
    ]
    assert all(set(each["policyTypes"]) == {"Ingress", "Egress"} for each in own)
    assert any(not each["podSelector"] for each in own)
    return [rule for each in own for rule in each.get(way) or ()]


@EACH
def test_toolrunner_reaches_nothing(overlay: str) -> None:
    assert reach(overlay, "toolrunner", "egress") == []


def test_toolrunner_that_sends_traces_reaches_the_collector_and_dns(tmp_path: Path) -> None:
    parts = {
        "resources": KUBERNETES / "overlays/production",
        "components": KUBERNETES / "components/toolrunner-traces",
    }
    lines = [f"{kind}: [{os.path.relpath(folder, tmp_path)}]" for kind, folder in parts.items()]
    (tmp_path / "kustomization.yaml").write_text("\n".join(lines))
    manifests = kustomized(tmp_path)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSION, strict=True)
    rules = reach_in(manifests, "toolrunner", "egress")
    assert {each["port"] for rule in rules for each in rule["ports"]} == {53, 4317}
    given = variables(pods(manifests)["toolrunner"])
    assert given["CAISSON_TOOLRUNNER_OTLP_ENDPOINT"].endswith(":4317")
    assert "dnsConfig" not in pods(manifests)["toolrunner"]["spec"]


@EACH
def test_only_executors_call_the_toolrunner(overlay: str) -> None:
    rules = reach(overlay, "toolrunner", "ingress")
    calling = [each for each in rules if each["ports"][0]["port"] != ADMIN_PORT]
    (rule,) = calling
    (peer,) = rule["from"]
    executor = pods(built(overlay))["executor"]["metadata"]["labels"]
    assert peer["podSelector"]["matchLabels"].items() <= executor.items()
    assert "namespaceSelector" not in peer
    assert [each["port"] for each in rule["ports"]] == [SERVICES["toolrunner"]]


@EACH
def test_executor_reaches_models_on_public_addresses_only(overlay: str) -> None:
    rules = reach(overlay, "executor", "egress")
    blocks = [
        block["ipBlock"]
        for rule in rules
        if rule["ports"] == [{"protocol": "TCP", "port": 443}]
        for block in rule["to"]
    ]
    excepted = {each for block in blocks for each in block["except"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "fc00::/7"} <= excepted
    ports = {each["port"] for rule in rules for each in rule["ports"]}
    assert ports <= {53, 443, 4317, 5432, 6379, SERVICES["toolrunner"]}


@EACH
@pytest.mark.parametrize("name", SERVICES)
def test_probes_and_services_meet_the_ports_that_are_served(overlay: str, name: str) -> None:
    manifests = built(overlay)
    pod = pods(manifests)[name]
    only, given = container(pod), variables(pod)
    ports = {each["name"]: each["containerPort"] for each in only["ports"]}
    prefix = f"CAISSON_{name.upper()}_"
    assert given[prefix + "ADDRESS"].rpartition(":")[2] == str(ports["grpc"] or SERVICES[name])
    assert given[prefix + "ADMIN_ADDRESS"].rpartition(":")[2] == str(ports["admin"] or ADMIN_PORT)
    probes = {
        kind: only[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")
    }
    assert {each["port"] for each in probes.values()} == {"admin"}
    assert [each["path"] for each in probes.values()] == ["/startupz", "/readyz", "/livez"]
    service = of_kind(manifests, "Service")[name]["spec"]
    assert service["clusterIP"] == "None"
    assert service["selector"].items() <= pod["metadata"]["labels"].items()
    assert [(each["port"], each["targetPort"]) for each in service["ports"]] == [
        (SERVICES[name], "grpc")
    ]


@EACH
@pytest.mark.parametrize("name", SERVICES)
def test_a_pod_has_time_to_drain(overlay: str, name: str) -> None:
    pod = pods(built(overlay))[name]
    drain = float(variables(pod)[f"CAISSON_{name.upper()}_DRAIN_S"])
    pause = container(pod)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["spec"]["terminationGracePeriodSeconds"] >= drain + pause + 10


@EACH
def test_toolrunner_drains_longer_than_executors(overlay: str) -> None:
    drains = {
        name: float(variables(pods(built(overlay))[name])[f"CAISSON_{name.upper()}_DRAIN_S"])
        for name in SERVICES
    }
    assert drains["toolrunner"] > drains["executor"]


def test_production_refuses_an_incomplete_jail_and_survives_a_node() -> None:
    manifests = built("production")
    toolrunner = pods(manifests)["toolrunner"]
    assert variables(toolrunner)["CAISSON_TOOLRUNNER_REQUIRE_JAIL"] == "true"
    for name in SERVICES:
        deployment = of_kind(manifests, "Deployment")[name]["spec"]
        scaled = of_kind(manifests, "HorizontalPodAutoscaler")[name]["spec"]
        budget = of_kind(manifests, "PodDisruptionBudget")[name]["spec"]
        labels = deployment["template"]["metadata"]["labels"]
        assert min(deployment["replicas"], scaled["minReplicas"]) >= 2
        assert scaled["scaleTargetRef"]["name"] == name
        assert budget["maxUnavailable"] == 1
        assert budget["selector"]["matchLabels"].items() <= labels.items()
        spread = deployment["template"]["spec"]["topologySpreadConstraints"]
        assert {each["topologyKey"] for each in spread} == {
            "kubernetes.io/hostname",
            "topology.kubernetes.io/zone",
        }


def test_production_scales_by_metrics_that_exist() -> None:
    documented = (ROOT / "docs/observability.md").read_text()
    for name in SERVICES:
        metrics = of_kind(built("production"), "HorizontalPodAutoscaler")[name]["spec"]["metrics"]
        (own,) = (each["pods"]["metric"]["name"] for each in metrics if each["type"] == "Pods")
        assert own.startswith(f"caisson_{name}_")
        assert f"\n| `{own}` | gauge |" in documented


def wanted_secrets(value: Any) -> set[str]:
    """Return the names of the Secrets that a manifest refers to."""
    if isinstance(value, dict):
        named = {value[key]["name"] for key in ("secretRef", "secretKeyRef") if key in value}
        if isinstance(value.get("secretName"), str):
            named.add(value["secretName"])
        return named.union(*map(wanted_secrets, value.values()))
    return set().union(*map(wanted_secrets, value)) if isinstance(value, list) else set()


@EACH
def test_secrets_are_named_and_described_but_not_contained(overlay: str) -> None:
    assert not of_kind(built(overlay), "Secret")
    example = tuple(yaml.safe_load_all((KUBERNETES / "secrets.example.yaml").read_text()))
    for secret in example:
        kubernetes_validate.validate(secret, VERSION, strict=True)
        assert all(re.fullmatch(r"<.+>", each) for each in secret["stringData"].values())
    described = of_kind(example, "Secret")
    assert wanted_secrets(list(built(overlay))) <= set(described)
    for pod in pods(built(overlay)).values():
        for path in (Path(each) for each in variables(pod).values() if "/secrets/" in each):
            assert path.name in described["executor"]["stringData"]


def test_migration_uses_the_executors_image_and_database() -> None:
    manifests = pods(built("production"))
    job, executor = manifests["migrate"], manifests["executor"]
    assert container(job)["image"] == container(executor)["image"]
    assert container(job)["command"][-2:] == ["database", "migrate"]
    assert variables(job).items() <= variables(executor).items()
