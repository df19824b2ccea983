"""The cost of quotas: of one take in memory and in Valkey, and on a small RPC with a key."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.report import milliseconds, percentile, progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.adapters.valkey.store import ValkeyQuotas
from services.executor.assembly import providers_of
from services.executor.quota.memory import MemoryQuotas
from services.executor.quota.model import (
    Amount,
    AtOnce,
    Charge,
    Lease,
    Metric,
    Rate,
    Settle,
    Subject,
    SubjectKind,
    Take,
)
from services.executor.quota.ports import QuotaStore
from services.executor.quota.windows import Window
from services.executor.settings import Settings
from tests.access.credentials import KEY, add_key
from tests.executor.served import served
from tests.quota.valkey import valkey_running

WARM_UP: Final = 200
ROUNDS: Final = 5
ACME: Final = Subject(SubjectKind.ORGANISATION, "acme")
MANY: Final = 10**12
OF_A_REQUEST: Final = (
    Charge(Rate(ACME, Metric.REQUESTS, 1, 10**6)),
    Charge(Amount(ACME, Metric.REQUESTS, Window.DAY, MANY)),
)
OF_A_RUN: Final = (
    Charge(Rate(ACME, Metric.RUNS, 1, 10**6)),
    Charge(Amount(ACME, Metric.RUNS, Window.MONTH, MANY)),
    Charge(Amount(ACME, Metric.TOKENS, Window.DAY, MANY), 10_000, reserved=True),
    Charge(Amount(ACME, Metric.NANO_USD, Window.MONTH, MANY), 10**7, reserved=True),
    Charge(AtOnce(ACME, 10**6)),
)
QUOTAS: Final = json.dumps(
    {"defaults": {"organisation": {"requests": {"per_second": 9000, "day": 10**12}}}}
)


async def measure(calls: int) -> None:
    """Report the milliseconds of takes, and of a small RPC with and without key and quotas."""
    progress("quotas")
    with TemporaryDirectory() as folder:
        (home := Path(folder) / "valkey").mkdir()
        with valkey_running(home) as valkey:
            stores: dict[str, QuotaStore] = {
                "memory": MemoryQuotas(),
                "valkey": ValkeyQuotas(valkey.url, timeout_s=5.0),
            }
            for name, store in stores.items():
                await _stores(name, store, calls)
                await store.close()
            await _rpcs(Path(folder), valkey.url, calls)


async def _stores(name: str, store: QuotaStore, calls: int) -> None:
    number = 0

    async def request() -> None:
        await store.take(Take("acme", OF_A_REQUEST))

    async def run() -> None:
        nonlocal number
        number += 1
        lease = Lease(f"run_{number}", 10**7)
        await store.take(Take("acme", OF_A_RUN, lease))
        limits = tuple(charge.limit for charge in OF_A_RUN)
        await store.settle(Settle("acme", lease, (), limits, ends=True))

    report({"measure": f"quota-request-{name}", **milliseconds(await _timed(request, calls))})
    report({"measure": f"quota-run-{name}", **milliseconds(await _timed(run, calls))})


async def _rpcs(folder: Path, url: str, calls: int) -> None:
    """Report a small RPC in each way; the ways take turns, so that all see the same machine."""
    model, embeddings = providers_of(Settings(), lambda _: None)
    await model.load()  # once, and not while anything is measured
    await model.close()
    await embeddings.close()
    (other := folder / "other").mkdir()
    key = await add_key(folder, "acme")
    with_key = {"api_keys": True, "key": KEY, "state_dir": str(folder)}
    ways: dict[str, dict[str, Any]] = {
        "nothing": {},
        "memory": {**with_key, "quotas": QUOTAS},
        "valkey": {**with_key, "quotas": QUOTAS, "quota_url": url, "state_dir": str(other)},
    }
    keys = {"nothing": "", "memory": key, "valkey": await add_key(other, "acme")}
    times: dict[str, list[float]] = {name: [] for name in ways}
    async with AsyncExitStack() as stack:
        calling: dict[str, Callable[[], Awaitable[Any]]] = {}
        for name, settings in ways.items():
            client = await stack.enter_async_context(served(**settings))
            calling[name] = _asking(client.stub, keys[name])
            await _timed(calling[name], WARM_UP)
        for _ in range(ROUNDS):
            for name, call in calling.items():
                times[name] += await _timed(call, calls // ROUNDS)
    plain = percentile(sorted(times["nothing"]), 0.5)
    for name, each in times.items():
        over = round((percentile(sorted(each), 0.5) - plain) * 1000, 3)
        report({"measure": f"small-rpc-{name}", "overPlainMs": over, **milliseconds(each)})


def _asking(stub: Any, key: str) -> Callable[[], Awaitable[Any]]:
    metadata = (("authorization", f"Bearer {key}"),) if key else ()

    async def ask() -> Any:
        return await stub.GetServerInfo(pb.GetServerInfoRequest(), metadata=metadata)

    return ask


async def _timed(call: Callable[[], Awaitable[Any]], times: int) -> list[float]:
    found = []
    for _ in range(times):
        began = time.perf_counter()
        await call()
        found.append(time.perf_counter() - began)
    return found
