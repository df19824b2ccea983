"""What ``AgentService`` answers, with both databases."""

from __future__ import annotations

from pathlib import Path

import grpc

from tests.registry.stage import deploying

Code = grpc.StatusCode


async def test_a_deployed_agent_runs_by_its_label(place: Path | str) -> None:
    async with deploying(place) as server:
        assert (await server.said()).code is Code.NOT_FOUND
        first = await server.deployed("I am one.")
        assert first == 1
        assert (await server.said()).reason == "DEPLOYMENT_NOT_FOUND"
        assert (await server.said("weather@1")).value == ("I am one.", "weather@1")
        assert (await server.label(1)).code is Code.OK
        for ref in ("weather", "weather@production", "weather@1"):
            assert (await server.said(ref)).value == ("I am one.", "weather@1")
        assert await server.deployed("I am two.") == 2
        assert (await server.said()).value == ("I am one.", "weather@1")
        await server.label(2)
        assert (await server.said()).value == ("I am two.", "weather@2")
        await server.label(1)
        assert (await server.said()).value == ("I am one.", "weather@1")
