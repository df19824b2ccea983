"""Admits by API keys, which are remembered for a moment so that a database is asked rarely."""

from __future__ import annotations

import asyncio
import hmac
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.executor.access.api_keys import PREFIX, KeyMaker, KeyRow, KeyStore
from services.executor.access.ports import Credentials
from services.executor.access.principal import Principal
from services.executor.run_errors import DatabaseError

REMEMBERED_S: Final = 1.0
"""The longest that a key which another process has revoked is still taken."""
MOST_REMEMBERED: Final = 10_000
ASKED_S: Final = 1.0
"""So long a request waits at the door: a database that hangs would gather all of them there."""
NO_ANSWER: Final = "The database of API keys does not answer. Send the request again later."


@dataclass
class _Known:
    row: KeyRow | None
    until: float


class KnownKeys:
    """Admits whoever has a valid API key.

    Args:
        store: where keys are kept.
        maker: recognises them.
        now_ns: the time since 1970, in nanoseconds.
        clock: a clock that only goes forward, in seconds.
        asked_s: the longest that a request waits for the store.
    """

    def __init__(
        self,
        store: KeyStore,
        maker: KeyMaker,
        now_ns: Callable[[], int],
        clock: Callable[[], float],
        asked_s: float = ASKED_S,
    ) -> None:
        self._store = store
        self._asked_s = asked_s
        self._maker = maker
        self._now_ns = now_ns
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: dict[str, asyncio.Task[KeyRow | None]] = {}

    def __repr__(self) -> str:
        return f"KnownKeys({self._store!r}, remembered={len(self._known)})"

    async def principal(self, credentials: Credentials) -> Principal | None:
        """See ``Authenticator``."""
        text = credentials.bearer
        if text is None or not text.startswith(PREFIX):
            return None
        parsed = self._maker.parsed(text)
        if parsed is None:
            return None
        key_id, secret = parsed
        row = await self._row(key_id)
        digest = self._maker.digest(key_id, secret)  # always, so that time tells nothing
        if row is None or not hmac.compare_digest(row.digest, digest):
            return None
        return row.principal() if row.is_valid(self._now_ns()) else None

    async def close(self) -> None:
        """See ``Authenticator``."""
        asked = [*self._asked.values()]
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    def forget(self, key_id: str) -> None:
        """Ask for a key again when it is used next."""
        self._known.pop(key_id, None)
        self._asked.pop(key_id, None)

    async def _row(self, key_id: str) -> KeyRow | None:
        known = self._known.get(key_id)
        if known is not None and self._clock() < known.until:
            return known.row
        task = self._asked.get(key_id)
        if task is None:
            task = asyncio.create_task(self._store.find(key_id))
            self._asked[key_id] = task
            task.add_done_callback(lambda done: self._keep(key_id, done))
        done, _ = await asyncio.wait([task], timeout=self._asked_s)
        if not done:
            raise DatabaseError(NO_ANSWER)
        return task.result()

    def _keep(self, key_id: str, done: asyncio.Task[KeyRow | None]) -> None:
        if self._asked.get(key_id) is not done:  # it was forgotten meanwhile
            if not done.cancelled():
                done.exception()
            return
        del self._asked[key_id]
        if done.cancelled() or done.exception() is not None:
            return
        self._known[key_id] = _Known(done.result(), self._clock() + REMEMBERED_S)
        self._known.move_to_end(key_id)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
