"""Work that is bounded for all tools of a bundle together, so that one cannot use it up."""

from __future__ import annotations


class Share:
    """What a tool may use: half of what is left for all, and always a little.

    Args:
        whole: what all tools together may use; what is below ``least`` is not counted.
        least: what each may use, so that a small one is read also after large ones.
    """

    def __init__(self, whole: int, least: int) -> None:
        self._all = whole
        self._least = least
        self.left = 0

    def __repr__(self) -> str:
        return f"Share(left={self.left}, of={self._all})"

    def begin(self) -> None:
        """Begin with another tool."""
        self.left = max(self._least, self._all // 2)

    def take(self, amount: int = 1) -> None:
        """Use some of it."""
        self.left = max(0, self.left - amount)
        self._all = max(0, self._all - amount)
