"""Bundles the sources with the real packages of the matrix, or leaves these as imports."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.matrix.projects import Projects
from tests.npm import node_environment
from tests.real_bundles.build import esbuild

SOURCES = Path(__file__).parent / "sources"
TIMEOUT_S = 120
# What Node's own modules are required by when they are in an ES module.
REQUIRE = (
    "import{createRequire as requireOfNode}from'node:module';"
    "const require=requireOfNode(import.meta.url);"
)


@dataclass(frozen=True)
class Build:
    """How a source is bundled; ``packages`` names a set of the matrix, empty leaves imports."""

    source: str
    packages: str = ""
    is_module: bool = True
    minify: bool = False

    def __str__(self) -> str:
        """Return the name of the bundle's file, without its suffix."""
        form = "esm" if self.is_module else "cjs"
        size = "min" if self.minify else "readable"
        return "-".join((self.source, self.packages or "imports", form, size))


def bundle(build: Build, folder: Path, sources: Path = SOURCES) -> Path:
    """Make a bundle of a source in ``sources`` in ``folder``; return its path."""
    out = folder / f"{build}.{'mjs' if build.is_module else 'cjs'}"
    options = [
        "--bundle",
        "--platform=node",
        "--target=es2022",
        "--log-level=error",
        f"--format={'esm' if build.is_module else 'cjs'}",
        f"--outfile={out}",
    ]
    environment = node_environment()
    if build.packages:
        packages = Projects().packages(build.packages) / "node_modules"
        environment |= {"NODE_PATH": os.fspath(packages)}
        options += [f"--banner:js={REQUIRE}"] if build.is_module else []
    else:
        options.append("--packages=external")
    if build.minify:
        options.append("--minify")
    done = subprocess.run(
        [*esbuild(), str(sources / f"{build.source}.js"), *options],
        env=environment,
        timeout=TIMEOUT_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out
