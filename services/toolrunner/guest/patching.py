"""Applies our patches of QuickJS-ng to its unpacked sources.

A patch is a unified diff (``patches/NN-name.patch``) below a text for the engine's maintainers:
what is wrong, what the standard says, how it shows. They apply in the order of their numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")


class PatchError(Exception):
    """A patch does not fit the sources; the message names it."""


@dataclass(frozen=True)
class Hunk:
    """Lines to replace in one file; ``at`` is where they were when the patch was made."""

    file: str
    at: int
    old: list[str]
    new: list[str]


def hunks_of(text: str) -> Iterator[Hunk]:
    """Yield the hunks of a patch, in order; a blank line in a hunk stands for itself."""
    file = ""
    lines = iter(text.splitlines(keepends=True))
    for line in lines:
        begin = HUNK.match(line)
        if line.startswith("--- a/"):
            file = line[len("--- a/") :].strip()
        elif begin is not None:
            hunk = Hunk(file, int(begin[1]) - 1, [], [])
            fill(hunk, lines, int(begin[2] or 1), int(begin[3] or 1))
            yield hunk


def fill(hunk: Hunk, lines: Iterator[str], old: int, new: int) -> None:
    """Take the hunk's lines from ``lines``, as many as its head says."""
    while len(hunk.old) < old or len(hunk.new) < new:
        line = next(lines)
        if line[0] != "+":
            hunk.old.append(line[1:] or line)
        if line[0] != "-":
            hunk.new.append(line[1:] or line)


def place_of(lines: list[str], hunk: Hunk) -> int:
    """Return the index of the hunk's old lines nearest to where they were, or -1."""
    first, size = hunk.old[0], len(hunk.old)
    places = [
        at for at, line in enumerate(lines) if line == first and lines[at : at + size] == hunk.old
    ]
    return min(places, key=lambda at: abs(at - hunk.at), default=-1)


def apply_patch(patch: Path, sources: Path) -> None:
    """Apply one patch to the files of ``sources``.

    Raises:
        PatchError: a hunk's old lines are not there, or the patch has none.
    """
    moved: dict[str, int] = {}
    found = list(hunks_of(patch.read_text(encoding="utf-8")))
    if not found:
        raise PatchError(f"{patch.name} holds no change")
    for hunk in found:
        path = sources / hunk.file
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        shift = moved.get(hunk.file, 0)
        at = place_of(lines, Hunk(hunk.file, hunk.at + shift, hunk.old, hunk.new))
        if at < 0:
            raise PatchError(f"{patch.name} does not fit {hunk.file} near line {hunk.at + 1}")
        lines[at : at + len(hunk.old)] = hunk.new
        moved[hunk.file] = shift + len(hunk.new) - len(hunk.old)
        path.write_text("".join(lines), encoding="utf-8")


def apply_patches(patches: Path, sources: Path) -> None:
    """Apply every patch of a folder; raises PatchError."""
    for patch in sorted(patches.glob("*.patch")):
        apply_patch(patch, sources)
