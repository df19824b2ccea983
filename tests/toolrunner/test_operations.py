"""Start, monitoring and stop: health, reflection, drain, and no process left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.toolrunner.errors import SetupError
from services.toolrunner.pool.process import WIPES, SubprocessLauncher
from services.toolrunner.server import JAIL, ToolRunnerServer, running_server
from services.toolrunner.settings import Settings
from services.toolrunner.wire import SERVICE_NAME
from tests.toolrunner.clients import (
    ROOT,
    Runner,
    children_of,
    ended,
    opened_stream,
    runner_process,
    tool_stream,
)
from tests.toolrunner.pools import until
from tests.toolrunner.programs import TOOLS
from tests.toolrunner.scripted_worker import ScriptedLauncher

GRPCURL = Path(sys.executable).parent / "grpcurl"
ONE_WORKER = Settings(address="127.0.0.1:0", workers=1)


def grpcurl(*arguments: str) -> str:
    """Run the real grpcurl; return what it prints."""
    done = subprocess.run(
        [GRPCURL, "-plaintext", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def health_of(address: str, service: str = "") -> str:
    """Return the name of the serving status."""
    async with grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


async def test_grpcurl_lists_services_and_checks_health(runner: Runner) -> None:
    listed = await asyncio.to_thread(grpcurl, runner.address, "list")
    assert SERVICE_NAME in listed.split()
    described = await asyncio.to_thread(grpcurl, runner.address, "describe", SERVICE_NAME)
    assert "rpc RunTools ( stream" in described
    health = await asyncio.to_thread(grpcurl, runner.address, "grpc.health.v1.Health/Check")
    assert '"SERVING"' in health


async def test_health_knows_the_service_by_name(runner: Runner) -> None:
    assert await health_of(runner.address) == "SERVING"
    assert await health_of(runner.address, SERVICE_NAME) == "SERVING"


async def test_startup_line_names_address_workers_and_jail(runner: Runner) -> None:
    assert "2 workers, jail " in runner.start_line
    assert "no_new_privs" in runner.start_line


async def test_health_follows_workers() -> None:
    launcher = ScriptedLauncher(unready=1)
    server = ToolRunnerServer(ONE_WORKER, launcher)
    starting = asyncio.create_task(server.start())
    await until(lambda: launcher.started)
    assert await health_of(server.address) == "NOT_SERVING"
    launcher.started[0].be_ready()
    await starting
    assert await health_of(server.address) == "SERVING"
    launcher.unready = 2
    launcher.started[0].kill()
    await until(lambda: not server.pool.ready)
    await until_health(server.address, "NOT_SERVING")
    launcher.started[1].be_ready()
    await until_health(server.address, "SERVING")
    await server.stop(drain_s=0.0)


async def until_health(address: str, wanted: str) -> None:
    """Wait until health says ``wanted``."""
    async with asyncio.timeout(60), grpc.aio.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        async for answer in stub.Watch(health_pb2.HealthCheckRequest()):
            if health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status) == wanted:
                return


async def test_embedded_server_runs_on_a_unix_socket(tmp_path: Path) -> None:
    address = f"unix:{tmp_path}/runner"
    settings = Settings(address=address, workers=1)
    before = set(children_of(os.getpid()))
    async with running_server(settings) as bound:
        assert bound == address
        async with opened_stream(bound, TOOLS) as stream:
            assert (await stream.run("echo", "1")).output == "1"
    assert set(children_of(os.getpid())) <= before


@pytest.mark.parametrize(("tool", "end"), [("echo", "ok"), ("report", "cancelled")])
async def test_log_says_how_stream_ended(
    caplog: pytest.LogCaptureFixture, tool: str, end: str
) -> None:
    """A peer that cancels a stream which it is done with has lost nothing."""
    caplog.set_level("INFO", "services.toolrunner.service")
    async with (
        running_server(Settings(address="127.0.0.1:0", workers=1)) as address,
        opened_stream(address, TOOLS) as stream,
    ):
        await stream.start(tool, "1")
        response = await stream.receive()
        assert response.HasField("result" if tool == "echo" else "console")
    (line,) = [each.message for each in caplog.records if "stream run=" in each.message]
    assert f"calls=1 end={end} " in line


async def test_taken_port_is_reported() -> None:
    async with running_server(ONE_WORKER, ScriptedLauncher()) as address:
        taken = Settings(address=address, workers=1)
        with pytest.raises(SetupError, match="Cannot listen on "):
            async with running_server(taken, ScriptedLauncher()):
                pass


async def test_taken_port_is_reported_without_traceback(runner: Runner) -> None:
    environment = {**os.environ, "CAISSON_TOOLRUNNER_ADDRESS": runner.address}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "services.toolrunner"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "toolrunner: Cannot listen on" in done.stderr
    assert "Traceback" not in done.stderr


async def test_stop_finishes_running_call_and_refuses_new_streams() -> None:
    with runner_process(workers="1") as own:
        workers = own.workers()
        async with opened_stream(own.address, TOOLS) as stream:
            call_id = await stream.start("later", '{"ms": 500}')
            await stream.until_started(call_id)
            own.process.send_signal(signal.SIGTERM)
            await until_refused(own.address)
            assert (await stream.receive()).HasField("draining")
            assert (await stream.end(call_id)).output == '"done"'
            assert (await stream.status()).name == "OK"
        assert await asyncio.to_thread(own.process.wait, 30) == 0
        assert own.process.stdout is not None
        assert own.process.stdout.read().splitlines()[-1] == "toolrunner stopped"
        assert all(map(ended, workers))


async def until_refused(address: str) -> None:
    """Wait until a new stream is refused."""
    async with asyncio.timeout(60):
        while True:
            async with tool_stream(address) as stream:
                with contextlib.suppress(grpc.aio.AioRpcError):
                    await stream.send(open=pb.Open())
                if await stream.status() is grpc.StatusCode.UNAVAILABLE:
                    return


async def test_stop_ends_streams_after_drain_time() -> None:
    with runner_process(workers="1", drain_s="0.1") as own:
        async with opened_stream(own.address, TOOLS) as stream:
            await stream.until_started(await stream.start("later", '{"ms": 60000}'))
            own.process.send_signal(signal.SIGINT)
            assert await stream.read_to_the_end() in {
                grpc.StatusCode.CANCELLED,
                grpc.StatusCode.UNAVAILABLE,
            }
        assert await asyncio.to_thread(own.process.wait, 30) == 0


async def test_workers_die_with_killed_front() -> None:
    with runner_process(workers="2") as own:
        workers = own.workers()
        assert len(workers) == 2
        async with opened_stream(own.address, TOOLS) as stream:
            await stream.start("loops")
            own.process.kill()
            await asyncio.to_thread(own.process.wait, 30)
            await until(lambda: all(map(ended, workers)))


def open_files(pid: int) -> Counter[str]:
    """Count what a process has open, by path or by kind."""
    files = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    return Counter(file.partition(":")[0] for file in files)


def stopped_with(pid: int, files: dict[str, int]) -> bool:
    """Stop a process, unless it has other files open than these: it may be loading a library."""
    os.kill(pid, signal.SIGSTOP)
    if open_files(pid) == files:
        return True
    os.kill(pid, signal.SIGCONT)
    return False


def variables_of(pid: int) -> set[str]:
    """Return the names of the environment variables with which a process was started."""
    entries = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return {entry.partition("=")[0] for entry in entries if entry}


async def test_workers_inherit_nothing() -> None:
    sock, worker = await SubprocessLauncher().start()
    try:
        # Before it is jailed, it can be looked at by the user whom it belongs to.
        await until(lambda: stopped_with(worker.pid, {"/dev/null": 2, "pipe": 1, "socket": 1}))
        assert variables_of(worker.pid) <= {"PYTHONPATH", *WIPES, "glibc.malloc.tcache_max"}
    finally:
        worker.kill()
        sock.close()
        await worker.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="a jailed worker can be looked at by root alone")
def test_jailed_workers_have_no_other_open_files(runner: Runner) -> None:
    for worker in runner.workers():
        kinds = open_files(worker)
        assert [kinds.pop(name) for name in ("/dev/null", "pipe", "socket")] == [2, 1, 1]
        # Its own page map, which it opened itself, and may only ask by one ioctl and by reading.
        assert kinds.pop(f"/proc/{worker}/pagemap", 0) <= 1
        assert all(kind.startswith("/memfd") for kind in kinds), kinds


async def test_health_reports_the_jail(runner: Runner) -> None:
    assert await health_of(runner.address, JAIL) == "SERVING"


async def test_incomplete_jail_is_reported_and_can_be_refused() -> None:
    async with running_server(ONE_WORKER, ScriptedLauncher()) as address:
        assert await health_of(address) == "SERVING"
        assert await health_of(address, JAIL) == "NOT_SERVING"
    required = Settings(address="127.0.0.1:0", workers=1, require_jail=True)
    launcher = ScriptedLauncher()
    with pytest.raises(SetupError, match="jail is incomplete: landlock"):
        async with running_server(required, launcher):
            pytest.fail("it served")
    assert all(worker.dead for worker in launcher.started)
