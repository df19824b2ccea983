"""The images that one worker keeps: limited by number and bytes, shared between tenants."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from services.toolrunner.domain import IncompleteLoad
from services.toolrunner.tenants import Holdings, Tenant


@dataclass(frozen=True, slots=True)
class _Kept:
    size: int
    slots: int
    tenant: Tenant
    incomplete: IncompleteLoad | None = None
    is_private: bool = False


class Images:
    """At most ``most`` images and ``most_bytes`` in total, by their programs' keys.

    Each belongs to the tenant that had it loaded. The least recently used image of the tenant that
    holds most is evicted, so a tenant that loads many programs evicts its own.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._held = Holdings()
        self._bytes = 0

    def __repr__(self) -> str:
        return f"<Images {len(self._kept)} of {self._bytes} bytes>"

    def __len__(self) -> int:
        return len(self._kept)

    def held(self, *, private: bool) -> tuple[int, int]:
        """Return how many images of one kind there are, of one stream alone or not, and bytes."""
        sizes = [each.size for each in self._kept.values() if each.is_private is private]
        return len(sizes), sum(sizes)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    @property
    def bytes(self) -> int:
        """The bytes of all images."""
        return self._bytes

    @property
    def sizes(self) -> Mapping[str, int]:
        """The bytes of each image by its key, the least recently used first."""
        return {key: kept.size for key, kept in self._kept.items()}

    def use(self, key: str) -> None:
        """Mark an image as used."""
        self._kept.move_to_end(key)

    def incomplete(self, key: str) -> IncompleteLoad | None:
        """Return what is known of the load of an image, if that failed halfway."""
        kept = self._kept.get(key)
        return kept.incomplete if kept else None

    def drop(self, key: str) -> bool:
        """Forget an image; return whether there was one."""
        if key not in self._kept:
            return False
        self._forget(key)
        return True

    def keep(
        self,
        key: str,
        size: int,
        tenant: Tenant,
        incomplete: IncompleteLoad | None = None,
        is_private: bool = False,
    ) -> list[str]:
        """Record that the worker holds an image; return those that it must drop now.

        ``incomplete`` is what is known of its load, if that failed halfway.
        ``is_private``: it is one stream's alone.
        """
        if key in self._kept:
            self._forget(key)
        slots = 1 + size * self._most // self._most_bytes
        self._kept[key] = _Kept(size, slots, tenant, incomplete, is_private)
        self._held.add(tenant, slots)
        self._bytes += size
        dropped = []
        while len(self._kept) > 1 and self._over:
            dropped.append(self._least_needed(key))
            self._forget(dropped[-1])
        return dropped

    @property
    def _over(self) -> bool:
        return len(self._kept) > self._most or self._bytes > self._most_bytes

    def _least_needed(self, newest: str) -> str:
        largest = self._held.largest()
        others = [each for each in self._kept if each != newest]
        own = (each for each in others if self._kept[each].tenant == largest)
        return next(own, others[0])

    def _forget(self, key: str) -> None:
        kept = self._kept.pop(key)
        self._held.add(kept.tenant, -kept.slots)
        self._bytes -= kept.size
