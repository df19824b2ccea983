"""What a program touched of a run's environment and network while it loaded; the guest may lie."""

from __future__ import annotations

import json
from typing import Final

from services.toolrunner.errors import GuestError

MAX_NAMES: Final = 256
MAX_NAME_CHARACTERS: Final = 256


class LoadReads:
    """The reads of one load: names of variables, a look at all of them, a try to fetch."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.all = False
        self.fetches = False

    def __repr__(self) -> str:
        """Show what was read."""
        return f"LoadReads({sorted(self.names)}, all={self.all}, fetches={self.fetches})"

    def note(self, text: str) -> None:
        """Note one report of the guest, ``{"env": name or null}`` or ``{"fetch": true}``.

        Raises:
            GuestError: it is malformed.
        """
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict) or not told.keys() <= {"env", "fetch"}:
            raise GuestError("the guest sent a report of its reads that cannot be read")
        if "fetch" in told:
            self.fetches = True
        if "env" in told:
            self._note_name(told["env"])

    def _note_name(self, name: object) -> None:
        if not isinstance(name, str) or len(name) > MAX_NAME_CHARACTERS:
            self.all = True
        elif len(self.names) >= MAX_NAMES:
            self.all = True
        else:
            self.names.add(name)
