"""Other clients: grpcurl by reflection, and Node from the .proto files."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.pair import SOURCE, asks, pair
from tests.executor.fake_provider import answer
from tests.npm import installed, node

ROOT = Path(__file__).resolve().parents[2]
NODE_CLIENT = Path(__file__).with_name("node_client")
SERVICE = "caisson.executor.v1.ExecutorService"
TIMEOUT_S = 60
SCRIPT = (asks(("add", '{"a":2,"b":40}')), answer("It is 42."))


async def output_of(*command: str) -> str:
    """What a program prints; the test fails when the program does."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(TIMEOUT_S):
        printed, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return printed.decode()


async def grpcurl(*arguments: str) -> str:
    return await output_of(str(Path(sysconfig.get_path("scripts")) / "grpcurl"), *arguments)


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects of a text, one after the other."""
    decoder = json.JSONDecoder()
    found: list[dict[str, Any]] = []
    text = text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found


async def test_grpcurl_lists_checks_and_runs() -> None:
    async with pair(*SCRIPT) as (client, _):
        address = client.address
        services = (await grpcurl("-plaintext", address, "list")).split()
        assert SERVICE in services
        assert "grpc.health.v1.Health" in services
        health = await grpcurl("-plaintext", address, "grpc.health.v1.Health/Check")
        assert json.loads(health) == {"status": "SERVING"}
        request = {
            "bundle": {"inline": base64.b64encode(SOURCE).decode()},
            "agent": "calculator",
            "message": "2 + 40?",
        }
        printed = await grpcurl(
            "-plaintext", "-d", json.dumps(request), address, f"{SERVICE}/ExecuteAgent"
        )
    events = objects(printed)
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    # grpcurl names fields as the reflected descriptors do, which leave the JSON names out.
    (tool,) = [event for event in events if "tool_output_available" in event]
    assert tool["tool_output_available"]["output"]["sum"] == 42
    assert "finish" in events[-1]


@pytest.fixture(scope="session")
def node_client() -> Path:
    """The Node client with its packages installed, and the functions of docs/grpc.md."""
    folder = installed(NODE_CLIENT, "node_client")
    document = (ROOT / "docs" / "grpc.md").read_text(encoding="utf-8")
    functions = document.partition("`struct.mjs`:\n\n```js\n")[2].partition("```")[0]
    (folder / "struct.mjs").write_text(functions, encoding="utf-8")
    return Path(shutil.copy(NODE_CLIENT / "client.mjs", folder))


async def test_a_node_client_runs_from_the_proto_files(node_client: Path, tmp_path: Path) -> None:
    spec = find_spec("google.rpc")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    common = Path(next(iter(spec.submodule_search_locations))).parent.parent
    bundle = tmp_path / "calculator.js"
    bundle.write_bytes(SOURCE)
    async with pair(*SCRIPT) as (client, _):
        printed = await output_of(
            node(),
            str(node_client),
            str(ROOT / "protos"),
            str(common),
            client.address,
            str(bundle),
            "calculator",
            "2 + 40?",
        )
    *events, end = objects(printed)
    assert end["status"]["code"] == 0, end
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("runStarted", "finish")
    assert "toolOutputAvailable" in kinds
    text = "".join(event["textDelta"]["delta"] for event in events if "textDelta" in event)
    assert text == "It is 42."
    (asked,) = [each["toolInputAvailable"] for each in events if "toolInputAvailable" in each]
    assert asked["input"] == {"a": 2, "b": 40}
    (returned,) = [each["toolOutputAvailable"] for each in events if "toolOutputAvailable" in each]
    assert returned["output"]["sum"] == 42
    tags = ["a", None, True, 0.5]
    assert returned["output"]["tenant"] == {"plan": "gold", "seats": 3, "tags": tags, "none": {}}
