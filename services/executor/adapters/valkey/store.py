"""Quotas in Valkey or Redis, which several executors share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from services.executor.adapters.valkey.script import DIGEST, SCRIPT
from services.executor.quota.memory import LAPSED_AT_ONCE
from services.executor.quota.model import (
    POLL_US,
    Amount,
    Charge,
    Limit,
    Rate,
    Refusal,
    Settle,
    Settled,
    Take,
    Taken,
    plain,
)
from services.executor.quota.ports import StoreAwayError

TIMEOUT_S: Final = 0.05
INNER_S: Final = 1.0
"""The client's own timeouts: ours is shorter, and knows a busy event loop from a slow server."""
ATTEMPTS: Final = 2
"""What was done without an answer is done again: a run takes once, a request may count twice."""
TURNS: Final = 8
"""Turns of the event loop that a call has in any case: on a busy one they take all of its time."""
CONNECTIONS: Final = 16
PREFIX: Final = "caisson:quota"
SCHEMES: Final = {
    "redis://": "redis://",
    "rediss://": "rediss://",
    "valkey://": "redis://",
    "valkeys://": "rediss://",
}
"""The schemes of URLs, and what the client calls them."""


class ValkeyQuotas:
    """Counts in a server that all executors of a deployment share.

    Its time is the server's. A server that hangs costs a call twice ``timeout_s``, not more: the
    call's connection is closed, and another one is tried once.

    Args:
        url: the server's, with a scheme of ``SCHEMES``.
        timeout_s: seconds for one attempt, with connecting and waiting for a free connection.
        connections: the most connections.
        ahead_us: microseconds that the server's time is set forward, in tests.
    """

    def __init__(
        self,
        url: str,
        timeout_s: float = TIMEOUT_S,
        connections: int = CONNECTIONS,
        ahead_us: Callable[[], int] = lambda: 0,
    ) -> None:
        scheme, _, rest = url.partition("://")
        self._timeout_s = timeout_s
        self._ahead_us = ahead_us
        self._pool = BlockingConnectionPool.from_url(
            SCHEMES[f"{scheme}://"] + rest,
            max_connections=connections,
            timeout=INNER_S,
            socket_timeout=INNER_S,
            socket_connect_timeout=INNER_S,
            retry=Retry(NoBackoff(), 0),
        )
        self._redis: Redis = Redis.from_pool(self._pool)

    def __repr__(self) -> str:
        return f"ValkeyQuotas(timeout_s={self._timeout_s:g})"

    async def take(self, ask: Take) -> Taken | Refusal:
        """Take all or nothing; see ``QuotaStore.take``."""
        form: dict[str, Any] = {"op": "take", "charges": [_charge(each) for each in ask.charges]}
        if ask.lease is not None:
            form |= {"run": ask.lease.run_id, "lasts": ask.lease.lasts_us, "more": ask.more}
        at, worst, wait = await self._asked(ask.organisation, form)
        if not worst:
            return Taken(at)
        return Refusal(at, ask.charges[worst - 1].limit, None if wait < 0 else wait)

    async def settle(self, ask: Settle) -> Settled:
        """Charge what a run has used; see ``QuotaStore.settle``."""
        form = {
            "op": "settle",
            "run": ask.lease.run_id,
            "lasts": ask.lease.lasts_us,
            "ends": ask.ends,
            "limits": [_limit(each) for each in ask.limits],
            "totals": [
                {"metric": each.metric.value, "total": each.total, "known": each.known}
                for each in ask.totals
            ],
        }
        at, over, wait, *used = await self._asked(ask.organisation, form)
        reached = Refusal(at, ask.limits[over - 1], wait) if over else None
        return Settled(at, tuple(used), reached)

    async def answers(self) -> bool:
        """Return whether the server answers in time."""
        try:
            return bool(await self._in_time(self._redis.ping()))
        except (RedisError, OSError, TimeoutError):
            return False

    async def close(self) -> None:
        """Close all connections."""
        await self._redis.aclose()
        await self._pool.disconnect()

    async def _asked(self, organisation: str, form: dict[str, Any]) -> list[int]:
        """Run the script, and return what it says; raises StoreAwayError."""
        whole = {"ahead": self._ahead_us(), "poll": POLL_US, "lapsed": LAPSED_AT_ONCE, **form}
        key = f"{PREFIX}:{{o:{plain(organisation)}}}"
        text = json.dumps(whole, separators=(",", ":"))
        failed = ""
        for _ in range(ATTEMPTS):
            try:
                answer = await self._in_time(self._run(key, text))
            except (RedisError, OSError, TimeoutError) as error:
                failed = type(error).__name__  # its text may hold the server's address
            else:
                return [int(each) for each in answer]
        raise StoreAwayError(f"the store does not answer: {failed}")

    async def _run(self, key: str, text: str) -> Any:
        try:
            return await self._redis.evalsha(DIGEST, 1, key, text)
        except NoScriptError:
            return await self._redis.eval(SCRIPT, 1, key, text)

    async def _in_time(self, work: Awaitable[Any]) -> Any:
        """Return the result of a call; raises TimeoutError if it takes too long."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait([task], timeout=self._timeout_s)
            for _ in range(TURNS):
                if task.done():
                    break
                await asyncio.sleep(0)
            if not task.done():
                raise TimeoutError
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])


def _charge(charge: Charge) -> dict[str, Any]:
    return {**_limit(charge.limit), "cost": charge.cost, "reserved": charge.reserved}


def _limit(limit: Limit) -> dict[str, Any]:
    form = {"name": limit.name, "metric": limit.metric.value}
    if isinstance(limit, Rate):
        return form | {"kind": "rate", "interval": limit.interval_us, "most": limit.burst}
    if isinstance(limit, Amount):
        return form | {"kind": "amount", "window": limit.window.value, "most": limit.most}
    return form | {"kind": "lease", "most": limit.most}
