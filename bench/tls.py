"""What TLS costs: a small RPC of an executor, and a tool call, beside the same in plain text."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.programs import call_of, program_of, real_bundle
from bench.report import milliseconds, progress, report
from bench.tool_calls import toolrunner_on_tcp
from bench.tool_stream import tool_stream
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.access import Access, Server
from services.cli.client.clients import open_channel
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.agent.scripted import FixedBundles
from services.executor.server import running_server
from services.executor.settings import Settings, keep_litellm_quiet
from services.front.tls_paths import TlsPaths
from tests.executor.builders import agent, bundle
from tests.executor.served import NO_RUNNER
from tests.real_bundles.build import RealBundles
from tests.tls.authority import LOOPBACK, Files
from tests.tls.meshed import Mesh, executor, toolrunner_variables

WARM_UP = 100
Timed = Callable[[], Awaitable[float]]


async def measure(bundles: RealBundles, *, calls: int) -> None:
    """Report both, the ways by turns."""
    progress("TLS")
    await _load_models()
    with tempfile.TemporaryDirectory() as folder:
        mesh = Mesh(Path(folder))
        async with AsyncExitStack() as stack:
            found = {
                "plain": await stack.enter_async_context(_info(await _plain(stack))),
                "tls": await stack.enter_async_context(_info(await _tls(stack, mesh))),
                "mtls": await stack.enter_async_context(_info(await _mtls(stack, mesh))),
            }
            await _report("small-rpc", found, calls)
        program = program_of(real_bundle(bundles.schemas_min_cjs.read_bytes()))
        async with AsyncExitStack() as stack:
            plain = await stack.enter_async_context(toolrunner_on_tcp())
            variables = toolrunner_variables(mesh)
            secured = await stack.enter_async_context(toolrunner_on_tcp(variables))
            ways = {"plain": plain.address, "mtls": _server(secured.address, mesh, mesh.executor)}
            streams = {
                way: (await stack.enter_async_context(tool_stream(address, program)))[0]
                for way, address in ways.items()
            }
            call = call_of()
            timed = {way: _calling(stream.call, call) for way, stream in streams.items()}
            await _report("tool-call", timed, calls)


async def _load_models() -> None:
    """Import LiteLLM, which executors of one process would do at the same time."""
    keep_litellm_quiet()
    loaded = LiteLLMModel(ModelTimeouts(connect_s=5.0, silence_s=5.0))
    await loaded.load()
    await loaded.close()


async def _report(name: str, ways: Mapping[str, Timed], calls: int) -> None:
    times: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(WARM_UP + calls):
        for way, timed in ways.items():
            taken = await timed()
            if number >= WARM_UP:
                times[way].append(taken)
    plain = statistics.median(times["plain"])
    for way, all_taken in times.items():
        ratio = round(statistics.median(all_taken) / plain, 3)
        report({"measure": f"{name}-{way}", **milliseconds(all_taken), "ratioToPlain": ratio})


def _calling(call: Callable[..., Awaitable[float]], wanted: object) -> Timed:
    async def timed() -> float:
        return await call(wanted)

    return timed


@asynccontextmanager
async def _info(address: str) -> AsyncIterator[Timed]:
    """Yield what asks for an executor's info once, and returns the seconds."""
    async with open_channel(address) as channel:
        stub = ExecutorServiceStub(channel)

        async def timed() -> float:
            began = time.perf_counter()
            await stub.GetServerInfo(pb.GetServerInfoRequest())
            return time.perf_counter() - began

        yield timed


async def _plain(stack: AsyncExitStack, **settings: str) -> str:
    chosen = Settings(address=f"{LOOPBACK}:0", toolrunner=NO_RUNNER, **settings)  # type: ignore[arg-type] # all are texts
    bundles = FixedBundles(bundle(agent()))
    return await stack.enter_async_context(running_server(chosen, bundles))


async def _tls(stack: AsyncExitStack, mesh: Mesh) -> str:
    own = {"tls_certificate": mesh.executor.certificate, "tls_key": mesh.executor.key}
    files = TlsPaths(authorities=mesh.client.authorities)
    return Server(await _plain(stack, **own), Access(files))


async def _mtls(stack: AsyncExitStack, mesh: Mesh) -> str:
    server = await stack.enter_async_context(executor(mesh.executor_settings()))
    return _server(server.mtls_address, mesh, mesh.client)


def _server(address: str, mesh: Mesh, files: Files) -> Server:
    return Server(address, Access(TlsPaths(files.certificate, files.key, files.authorities)))
