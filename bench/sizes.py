"""What docs/operations.md reckons with: memory and database writes of runs, memory of programs.

Run as ``python -m bench.sizes``; it prints JSON lines, and takes about a minute.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import grpc
import psycopg

from bench.executors import scripted_pair
from bench.memory import memory_of
from bench.model_streams import GAP_MS, processor_s, scene
from bench.offline import MODEL
from bench.report import progress, report
from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from tests.conversations.cases import calls, says
from tests.databases.postgres import postgres_running

DATABASE_URL = "CAISSON_EXECUTOR_DATABASE_URL"
STREAMS, TOKENS = 20, 400
PROGRAMS = 40
SETTLE_S = 2.0
SOURCE = """
import { Agent, tool } from "@openai/agents";
const parameters = { type: "object", properties: {}, additionalProperties: true };
const execute = () => 1;
const add = tool({ name: "add", description: "Adds.", parameters, strict: false, execute });
export const adder = new Agent({ name: "Adder", instructions: "Add.", tools: [add] });
"""
WRITES = """
  select xact_commit, tup_inserted + tup_updated + tup_deleted, pg_current_wal_lsn() - '0/0',
    pg_database_size(current_database())
  from pg_stat_database where datname = current_database()
"""


@dataclass(frozen=True)
class Writes:
    """What a database has written: transactions, rows, bytes of its log, and bytes it keeps."""

    commits: int
    rows: int
    log_bytes: int
    kept_bytes: int


async def writes(url: str) -> Writes:
    """Return what a database has written so far; its statistics are up to a second late."""
    await asyncio.sleep(SETTLE_S)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(WRITES)).fetchone()
    assert row is not None
    return Writes(*map(int, row))


async def connected(url: str) -> int:
    """Return how many connections others have to a database."""
    asked = """
      select count(*) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
    """
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(asked)).fetchone()
    assert row is not None
    return int(row[0])


async def measure() -> None:
    """Report all sizes."""
    with postgres_running() as server:
        with server.database() as url:
            await measure_streams(url)
        with server.database() as url:
            await measure_tools(url)


async def measure_streams(url: str) -> None:
    """Report what answers of models cost as they stream: memory, processor time and writes."""
    progress("streams, recorded in PostgreSQL")
    async with scene({DATABASE_URL: url}) as made:
        await made.run_all(STREAMS, 50, GAP_MS)
        before, base = await writes(url), memory_of(made.executor)
        used = processor_s(made.executor)
        runs = asyncio.create_task(made.run_all(STREAMS, TOKENS, GAP_MS))
        await asyncio.sleep(TOKENS * GAP_MS / 1000 * 0.7)
        during, connections = memory_of(made.executor), await connected(url)
        await runs
        used = processor_s(made.executor) - used
        after = await writes(url)
    tokens = STREAMS * TOKENS
    report(
        {
            "measure": "sizes-streams",
            "streams": STREAMS,
            "executorPrivateMiB": round(base.private_kib / 1024, 1),
            "KiBPerRun": round((during.private_kib - base.private_kib) / STREAMS, 1),
            "databaseConnections": connections,
            "executorUsPerToken": round(used / tokens * 1e6, 1),
            **of_each(before, after, tokens, "Token"),
        }
    )


async def measure_tools(url: str) -> None:
    """Report what runs with one tool call each write, and what each program's image takes."""
    progress("runs with a tool, each of a program of its own")
    script = [spoken for _ in range(PROGRAMS) for spoken in (calls(("add", {})), says("Done."))]
    async with (
        scripted_pair(script, {DATABASE_URL: url}) as pair,
        grpc.aio.insecure_channel(pair.executor.address) as channel,
    ):
        stub, toolrunner = ExecutorServiceStub(channel), pair.toolrunner.process.pid
        await run(stub, 0)
        before, base = await writes(url), memory_of(toolrunner)
        for number in range(1, PROGRAMS):
            await run(stub, number)
        after, loaded = await writes(url), memory_of(toolrunner)
    report(
        {
            "measure": "sizes-tools",
            "programs": PROGRAMS,
            "toolrunnerPrivateMiB": round(base.private_kib / 1024, 1),
            "toolrunnerPssMiB": round(base.pss_kib / 1024, 1),
            "KiBPerProgram": round((loaded.pss_kib - base.pss_kib) / (PROGRAMS - 1), 1),
            **of_each(before, after, PROGRAMS - 1, "Run"),
        }
    )


def of_each(before: Writes, after: Writes, count: int, what: str) -> dict[str, float]:
    """Return what each of ``count`` things wrote."""
    return {
        f"commitsPer{what}": round((after.commits - before.commits) / count, 3),
        f"rowsPer{what}": round((after.rows - before.rows) / count, 3),
        f"logBytesPer{what}": round((after.log_bytes - before.log_bytes) / count, 1),
        f"keptBytesPer{what}": round((after.kept_bytes - before.kept_bytes) / count, 1),
    }


async def run(stub: ExecutorServiceStub, number: int) -> None:
    """Run the agent of a program that no other run has, to its end."""
    bundle = run_pb2.BundleSource(inline=f"{SOURCE}// {number}\n".encode())
    spec = run_pb2.RunSpec(bundle=bundle, message="Add.", model=MODEL)
    async for _ in stub.ExecuteAgent(pb.ExecuteAgentRequest(spec=spec)):
        pass


if __name__ == "__main__":
    asyncio.run(measure())
