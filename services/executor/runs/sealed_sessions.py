"""What a store of conversations seals: messages, titles and notes, each for its session."""

from __future__ import annotations

from typing import Final, Protocol

from services.executor.conversation import SessionKey
from services.executor.runs.sealing import Sealer

OWNER: Final = "\0sessions"
"""No run has this id."""


class TextSealing(Protocol):
    """Seals the texts of conversations before they are stored, and opens them."""

    def seal(self, key: SessionKey, kind: str, text: str) -> str:
        """Return a text as it is stored; ``kind`` is ``messages``, ``title`` or ``notes``."""
        ...

    def opened(self, key: SessionKey, kind: str, text: str) -> str:
        """Return a stored text; raises SealedError."""
        ...


class PlainTexts:
    """Stores texts as they are."""

    def __repr__(self) -> str:
        return "PlainTexts()"

    def seal(self, key: SessionKey, kind: str, text: str) -> str:
        """Return the text."""
        return text

    def opened(self, key: SessionKey, kind: str, text: str) -> str:
        """Return the text."""
        return text


class SealedTexts:
    """Seals texts with the keys of a deployment.

    Each is bound to its session and kind. The rows of one session have no numbers before they are
    stored: that they are not reordered is the database's promise.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def __repr__(self) -> str:
        return f"SealedTexts({self._sealer!r})"

    def seal(self, key: SessionKey, kind: str, text: str) -> str:
        """Return the sealed text; nothing stays nothing."""
        return text and self._sealer.seal_text(OWNER, _place(key, kind), text)

    def opened(self, key: SessionKey, kind: str, text: str) -> str:
        """Return the text; one that was stored before there were keys is returned as it is."""
        return self._sealer.opened_text(OWNER, _place(key, kind), text)


def _place(key: SessionKey, kind: str) -> tuple[str, ...]:
    # Without an organisation as before there were any, so that what was stored then can be read.
    whose = (key.organisation,) if key.organisation else ()
    return kind, *whose, key.resource_id, key.session_id
