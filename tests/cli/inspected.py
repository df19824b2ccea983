"""What ``caisson inspect`` says of a program, as text and as JSON, without a process."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from services.cli.grants import with_arguments
from services.cli.show.manifest import show_manifest
from services.cli.show.terminal import Terminal
from tests.bundle.reading import manifest_of

WIDTH = 4_000


@dataclass(frozen=True)
class Inspected:
    """Both forms, the text in lines wide enough for every sentence."""

    text: str
    json: Any

    def tool(self, key: str, agent: str = "agent") -> Any:
        """Return a tool of the JSON form."""
        return self.json["agents"][agent]["tools"][key]

    def told(self, path: str) -> list[tuple[str, str, int]]:
        """Return severity, reason and line of the diagnostics of a path."""
        found = [each for each in self.json["diagnostics"] if each["path"] == path]
        return [(each["severity"], each["reason"], each["line"]) for each in found]


def inspected(source: str) -> Inspected:
    """Return what is said of a program."""
    manifest = manifest_of(source)
    out = io.StringIO()
    with Terminal(out, io.StringIO(), WIDTH) as terminal:
        show_manifest(terminal, manifest, source.encode(), "agent.js")
    return Inspected(out.getvalue(), with_arguments(manifest))
