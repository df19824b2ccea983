"""Whose a bundle is: the organisations that sent it here, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MOST: Final = 200_000


class BundleOwners:
    """The digests that each organisation has sent, the latest ones.

    Args:
        most: the most digests, of all organisations; the one that has most forgets the older half
            of its own.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._count = 0
        self._digests: dict[str, OrderedDict[str, None]] = {}

    def __repr__(self) -> str:
        return f"BundleOwners({self._count} of {self._most}, {len(self._digests)} organisations)"

    def has(self, organisation: str, digest: str) -> bool:
        """Return whether an organisation has sent a bundle, as far as that is remembered."""
        own = self._digests.get(organisation)
        if own is None or digest not in own:
            return False
        own.move_to_end(digest)
        return True

    def add(self, organisation: str, digest: str) -> None:
        """Note that an organisation has sent a bundle."""
        own = self._digests.setdefault(organisation, OrderedDict())
        self._count += digest not in own
        own[digest] = None
        own.move_to_end(digest)
        if self._count > self._most:
            largest = max(self._digests, key=lambda each: len(self._digests[each]))
            self._halve(largest)

    def _halve(self, organisation: str) -> None:
        own = self._digests[organisation]
        dropped = (len(own) + 1) // 2
        for _ in range(dropped):
            own.popitem(last=False)
        self._count -= dropped
        if not own:
            del self._digests[organisation]
