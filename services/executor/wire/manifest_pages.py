"""Pages of manifests, serialized once and kept for the next request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator
from weakref import ReferenceType, ref

from services.executor.domain import Manifest
from services.executor.wire.manifest import Page, to_page

MAX_PAGE_BYTES = 3 * 1024 * 1024
MAX_KEPT_BYTES = 32 * 1024 * 1024
ENTRY_BYTES = 512  # the approximate memory of an entry without its page

_Key = tuple[str, int, int]


class ManifestPages:
    """Makes pages and keeps them; the least recently used go first.

    Its generators run on one thread, such as the side thread.

    Args:
        max_page_bytes: the limit of a page, unless a single item is larger.
        max_kept_bytes: the limit of all pages kept.
    """

    def __init__(
        self, max_page_bytes: int = MAX_PAGE_BYTES, max_kept_bytes: int = MAX_KEPT_BYTES
    ) -> None:
        self._max_page_bytes = max_page_bytes
        self._max_kept_bytes = max_kept_bytes
        self._kept: OrderedDict[_Key, tuple[ReferenceType[Manifest], Page]] = OrderedDict()
        self._kept_bytes = 0

    def __repr__(self) -> str:
        return f"ManifestPages(kept={len(self._kept)}, kept_bytes={self._kept_bytes})"

    def page(self, manifest: Manifest, start: int, most_items: int) -> Generator[None, None, Page]:
        """Return a page, in steps; none if it is kept. See ``to_page``."""
        key = manifest.digest, start, most_items
        # A digest has another manifest once the sandbox has answered for what was not read.
        if key in self._kept and self._kept[key][0]() is manifest:
            self._kept.move_to_end(key)
            return self._kept[key][1]
        page = yield from to_page(manifest, start, most_items, self._max_page_bytes)
        self._keep(key, manifest, page)
        return page

    def _keep(self, key: _Key, manifest: Manifest, page: Page) -> None:
        self._drop(key)
        if _size(page) > self._max_kept_bytes:
            return
        self._kept[key] = ref(manifest), page
        self._kept_bytes += _size(page)
        while self._kept_bytes > self._max_kept_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: _Key) -> None:
        _, page = self._kept.pop(key, (None, None))
        if page is not None:
            self._kept_bytes -= _size(page)


def _size(page: Page) -> int:
    return len(page.manifest) + ENTRY_BYTES
