"""Gives a source as it is written and as esbuild minifies it."""

from __future__ import annotations

import subprocess

from services.executor.domain import Manifest
from tests.bundle.reading import manifest_of
from tests.npm import node_environment
from tests.real_bundles.build import esbuild

TIMEOUT_S = 60
FORMS = ("as written", "minified")


def read_as(form: str, source: str) -> Manifest:
    """Return what a source declares in one of ``FORMS``."""
    return manifest_of(minified(source) if form == "minified" else source)


def minified(source: str) -> str:
    """Return an ES module with its names and its spaces gone."""
    done = subprocess.run(
        [*esbuild(), "--minify", "--format=esm", "--target=es2022", "--log-level=error"],
        input=source,
        env=node_environment(),
        timeout=TIMEOUT_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
