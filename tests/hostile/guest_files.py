"""The lying guests as files: WebAssembly text, and how each must end, read from its header.

A header is the comment lines at a guest's start: ``;; lies: ...`` for the reader, then
``;; expect boot: SETUP_FAILED``, or ``;; expect load: ...`` and ``;; expect call: ...`` with
``loaded`` or what a hostile program's header may say there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.program_files import Expected, read_ways

GUESTS = Path(__file__).parent / "guests"
HEADER = re.compile(r";; (?P<key>lies|expect (?:boot|load|call)): (?P<value>.+)")
BOOT_FAILS = "SETUP_FAILED"
LOADED = Expected("", result_json='"loaded"')


@dataclass(frozen=True)
class Guest:
    """A guest; ``load`` and ``call`` are None where its life ends before."""

    name: str
    text: str
    lies: str
    boots: bool
    load: tuple[Expected, ...] | None
    call: tuple[Expected, ...] | None


def guests() -> list[Guest]:
    """Return every guest of the folder, by name."""
    return [read_guest(path) for path in sorted(GUESTS.glob("*.wat"))]


def read_guest(path: Path) -> Guest:
    """Read a guest; raises ValueError when its header makes no sense."""
    text = path.read_text(encoding="utf-8")
    fields: dict[str, str] = {}
    for line in text.splitlines():
        found = HEADER.fullmatch(line)
        if found is None:
            break
        fields[found["key"]] = found["value"]
    boots = fields.get("expect boot") != BOOT_FAILS
    if "lies" not in fields or boots != ("expect load" in fields):
        raise ValueError(f"{path.name}: the header lacks `lies`, `expect boot` or `expect load`")
    load = fields.get("expect load")
    call = fields.get("expect call")
    return Guest(
        name=path.stem,
        text=text,
        lies=fields["lies"],
        boots=boots,
        load=None if load is None else ((LOADED,) if load == "loaded" else read_ways(load)),
        call=None if call is None else read_ways(call),
    )
