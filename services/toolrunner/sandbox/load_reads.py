"""What a program touched of a run's environment and network while it loaded; the guest may lie."""

from __future__ import annotations

import json
from typing import Final

from services.toolrunner.domain import LoadReads
from services.toolrunner.errors import GuestError

MAX_NAMES: Final = 256
MAX_NAME_CHARACTERS: Final = 256


class ReadsRecorder:
    """Collects the reads of one load: names of variables, a look at all, a try to fetch."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._all = False
        self._fetches = False

    def __repr__(self) -> str:
        """Show what was read."""
        return f"ReadsRecorder({self.reads!r})"

    @property
    def reads(self) -> LoadReads:
        """The reads so far."""
        return LoadReads(frozenset(self._names), self._all, self._fetches)

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
        self._fetches = self._fetches or "fetch" in told
        if "env" in told:
            self._note_name(told["env"])

    def _note_name(self, name: object) -> None:
        usable = isinstance(name, str) and len(name) <= MAX_NAME_CHARACTERS
        if not usable or len(self._names) >= MAX_NAMES:
            self._all = True
        else:
            self._names.add(str(name))
