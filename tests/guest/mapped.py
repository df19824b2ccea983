"""Bundles with source maps: made by esbuild, or written by hand to lie."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.npm import node_environment
from tests.real_bundles.build import esbuild as esbuild_command

TIMEOUT_S = 60
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
COMMENT = "//# sourceMappingURL=data:application/json;base64,"

# Throws at 3:7 of the bundle.
THROWER = """export const agents = { main: { tools: { t: { execute() {
  const message = 'true reason';
throw new Error(message);
} } } } };
"""
THROWN_AT = "    at execute (bundle.js:3:"


def vlq(number: int) -> str:
    """Return a number as the base 64 VLQ of source maps."""
    left = abs(number) << 1 | (number < 0)
    text = ""
    while True:
        digit, left = left & 31, left >> 5
        text += DIGITS[digit | (32 if left else 0)]
        if not left:
            return text


def segment(*numbers: int) -> str:
    """Return a segment of mappings."""
    return "".join(vlq(number) for number in numbers)


def comment(map_text: str | bytes) -> str:
    """Return the comment that carries a map."""
    data = map_text if isinstance(map_text, bytes) else map_text.encode()
    return COMMENT + base64.b64encode(data).decode() + "\n"


def thrower_from(source: str, *, root: str | None = None) -> str:
    """Return a program that throws at line 12, column 5 of ``source``, by its map."""
    mappings = ";;" + segment(0, 0, 11, 4)
    content = {"version": 3, "sources": [source], "mappings": mappings, "names": []}
    return THROWER + comment(
        json.dumps(content if root is None else content | {"sourceRoot": root})
    )


def sections(*parts: tuple[object, object, object]) -> dict[str, object]:
    """Return an index map of parts: line and column where each begins, from 0, and its map."""
    listed = [
        {"offset": {"line": line, "column": column}, "map": content}
        for line, column, content in parts
    ]
    return {"version": 3, "sections": listed}


def esbuild(folder: Path, name: str, *options: str) -> Path:
    """Bundle ``src/agent.ts`` of a folder into ``dist/NAME``; return its path."""
    out = folder / "dist" / name
    common = ["--bundle", "--target=es2022", "--log-level=error", f"--outfile={out}"]
    run([*esbuild_command(), "src/agent.ts", *common, *options], folder)
    return out


def run(command: Iterable[str], folder: Path) -> str:
    """Run a program of Node's to its end; return what it wrote."""
    done = subprocess.run(
        list(command),
        cwd=folder,
        env=node_environment(),
        timeout=TIMEOUT_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
