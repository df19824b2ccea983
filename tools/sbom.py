"""List what the images and the guest contain, as CycloneDX, in ``dist/*.cdx.json``.

Everything is read from lock files and from what is built: the same inputs give the same bytes. Of
an image's base, ``--base`` takes the status file of its Debian packages.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from services.toolrunner.guest import build as guest
from services.toolrunner.guest.notices import COMPILER_LICENCES, package_folder
from tools.check_locks import IMAGE_LOCKS, IMAGES, ROOT

DIST = ROOT / "dist"
GUEST = "guest"
GUEST_FILES = ("engine.wasm", "prelude.js", "prelude.data")
# Whose licences are no expression in what is built: those of files of the compiler's package.
LICENCES = {
    "quickjs-ng": "MIT",
    "Zig's compiler-rt": "MIT",
    "wasi-libc": "Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT",
    "cloudlibc, in wasi-libc": "BSD-2-Clause",
    "musl, in wasi-libc": "MIT",
}
Component = dict[str, Any]


def bill(name: str, components: Iterable[Component]) -> dict[str, Any]:
    """Return the whole of a bill: of what it is, and its components in a fixed order."""
    root = {**own(name), "type": "container" if name in IMAGES else "application"}
    listed = sorted(components, key=lambda each: str(each["bom-ref"]))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root},
        "components": listed,
        "dependencies": [
            {"ref": root["bom-ref"], "dependsOn": [each["bom-ref"] for each in listed]}
        ],
    }


def own(name: str) -> Component:
    """Return one of our own components, which has the project's version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = project["version"]
    return {
        "type": "library",
        "bom-ref": f"caisson-{name}@{version}",
        "name": f"caisson-{name}",
        "version": version,
    }


def python_packages(lock: str) -> Iterator[Component]:
    """Yield the packages that a lock installs here, with the hashes of what may be installed."""
    for block in re.split(r"^(?=\w)", lock, flags=re.M):
        if not block.strip():
            continue
        requirement = Requirement(block.partition(" \\\n")[0])
        if requirement.marker is None or requirement.marker.evaluate():
            version = str(requirement.specifier).removeprefix("==")
            hashes = re.findall(r"--hash=sha256:([0-9a-f]+)", block)
            yield component("pypi", requirement.name, version, hashes, licence_of(requirement.name))


def licence_of(package: str) -> str:
    """Return what an installed Python package says of its licence, empty for nothing."""
    try:
        told = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return ""
    classified = [
        each.rpartition(" :: ")[2]
        for each in told.get_all("Classifier", [])
        if each.startswith("License ::")
    ]
    expression, stated = (told.get_all(name, [""])[0] for name in ("License-Expression", "License"))
    return expression or ", ".join(classified) or stated.strip().partition("\n")[0]


def component(
    kind: str,
    name: str,
    version: str,
    hashes: Iterable[str],
    licence: str,
    algorithm: str = "SHA-256",
) -> Component:
    """Return one package of an index, by its package URL."""
    path = name.replace("@", "%40")
    where = f"pkg:{kind}/{path}@{version}"
    found: Component = {"type": "library", "bom-ref": where, "name": name, "version": version}
    found["purl"] = where
    if licence:
        found["licenses"] = licences(licence)
    if listed := [{"alg": algorithm, "content": each} for each in sorted(hashes)]:
        found["externalReferences"] = [{"type": "distribution", "url": where, "hashes": listed}]
    return found


def licences(text: str) -> list[Component]:
    """Return a licence as an expression if it can be one, else by its name."""
    words = re.fullmatch(r"[\w.+()-]+(?: (?:OR|AND|WITH) [\w.+()-]+)*", text)
    return [{"expression": text}] if words else [{"license": {"name": text}}]


def guest_parts() -> Iterator[Component]:
    """Yield what the guest is built of, and its files; the guest has to be built."""
    (pin,) = re.findall(r"==(\S+) --hash=sha256:(\w+)", guest.SOURCES_LOCK.read_text())
    yield component("pypi", "quickjs-ng", pin[0], [pin[1]], LICENCES["quickjs-ng"])
    compiler = metadata.version("ziglang")
    for name in COMPILER_LICENCES:
        whole = {"type": "library", "bom-ref": f"{name}@ziglang-{compiler}", "name": name}
        yield {**whole, "version": compiler, "licenses": licences(LICENCES[name])}
    yield from npm_packages()
    for name in GUEST_FILES:
        digest = hashlib.sha256((guest.DIST / name).read_bytes()).hexdigest()
        hashes = [{"alg": "SHA-256", "content": digest}]
        yield {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": hashes}


def npm_packages() -> Iterator[Component]:
    """Yield the npm packages of which the prelude holds files."""
    lock = json.loads((guest.PRELUDE / "package-lock.json").read_text(encoding="utf-8"))
    inputs = json.loads((guest.DIST / "prelude.inputs.json").read_text(encoding="utf-8"))
    for folder in sorted(set(filter(None, map(package_folder, inputs)))):
        pin: Mapping[str, str] = lock["packages"][folder]
        algorithm, _, digest = pin["integrity"].partition("-")
        name = folder.rpartition("node_modules/")[2]
        content = base64.b64decode(digest).hex()
        bits = f"SHA-{algorithm.removeprefix('sha')}"
        yield component("npm", name, pin["version"], [content], pin.get("license", ""), bits)


def debian_packages(status: str) -> Iterator[Component]:
    """Yield the packages that a base's ``/var/lib/dpkg/status`` lists as installed."""
    for paragraph in status.split("\n\n"):
        told = dict(re.findall(r"^(Package|Version|Status): (.*)$", paragraph, flags=re.M))
        if told.get("Status", "").endswith(" installed"):
            yield component("deb/debian", told["Package"], told["Version"], (), "")


def bills(base: Path | None) -> dict[str, dict[str, Any]]:
    """Return the bills by name: of both images, and of the guest that the wheel carries."""
    parts = list(guest_parts())
    system = list(debian_packages(base.read_text(encoding="utf-8"))) if base else []
    found = {GUEST: bill(GUEST, parts)}
    for image in IMAGES:
        lock = (IMAGE_LOCKS / f"{image}.lock").read_text(encoding="utf-8")
        ours = [own("client"), {**own(GUEST), "components": parts}, own("wheel")]
        found[image] = bill(image, [*ours, *python_packages(lock), *system])
    return found


def main() -> int:
    """Write the bills; print where they are."""
    parser = argparse.ArgumentParser(description="List what the images and the guest contain.")
    parser.add_argument("--base", type=Path, help="/var/lib/dpkg/status of the images' base")
    made = bills(parser.parse_args().base)
    DIST.mkdir(exist_ok=True)
    for name, content in made.items():
        file = DIST / f"{name}.cdx.json"
        file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {len(content['components'])} components")
    return 0


if __name__ == "__main__":
    sys.exit(main())
