"""What ``AgentService`` answers, with both databases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest

from caisson.executor.v1.executor_service_pb2 import InspectBundleRequest
from caisson.executor.v1.run_pb2 import BundleSource
from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.domain import Refusal
from services.executor.runs.rows import RunFilter
from services.executor.tool_reach import Reach
from tests.executor.builders import ADD_SCHEMA, agent, tool
from tests.registry.stage import Deploying, Parts, deploying

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


async def test_a_run_tells_its_version_in_its_row(place: Path | str) -> None:
    async with deploying(place) as server:
        await server.deployed("I am one.")
        await server.said("weather@1", session_id="chat")
        rows = await server.database.journal.runs(RunFilter("acme"), 10)
        assert [row.new.deployed for row in rows] == ["weather@1"]


async def test_the_same_bundle_with_the_same_reach_is_the_same_version(place: Path | str) -> None:
    async with deploying(place) as server:
        assert await server.deployed("I am one.") == 1
        assert await server.deployed("I am one.") == 1
        reach = pb.Reach(fetch=[pb.FetchAccess(rule="api.example.com")])
        assert await server.deployed("I am one.", reach=reach) == 2
        assert await server.deployed("I am one.") == 3


async def test_validation_stores_nothing_and_tells_the_difference(place: Path | str) -> None:
    async with deploying(place) as server:
        one = server.bundles.add(
            agent(tool("add", ADD_SCHEMA), tool("old"), system="Be brief."),
            agent(key="gone"),
            source=b"one",
        )
        told = await server.deploy(one, validate_only=True)
        assert told.value.difference == pb.Difference(
            wider=["it is the first version with an approved reach"]
        )
        assert told.value.version.version == 1
        assert (await server.call("ListAgents", pb.ListAgentsRequest())).value.agents == []
        await server.deploy(one)
        adds = replace(
            tool("add", {**ADD_SCHEMA, "required": ["a"]}), reach=Reach(hosts=("api.example.com",))
        )
        two = server.bundles.add(
            agent(adds, tool("new"), system="Be long.", model="openai/gpt-y"),
            agent(key="more"),
            source=b"two",
        )
        told = await server.deploy(two, validate_only=True)
        found = told.value.difference
        assert found.version == 1
        assert found.change_count == len(found.changes)
        said = {(each.subject, each.path): (each.before, each.after) for each in found.changes}
        assert said.pop((pb.CHANGE_SUBJECT_PROMPT, "agents.main.instructions")) == (
            "Be brief.",
            "Be long.",
        )
        assert said.pop((pb.CHANGE_SUBJECT_MODEL, "agents.main.model")) == (
            "openai/gpt-x",
            "openai/gpt-y",
        )
        assert said.pop((pb.CHANGE_SUBJECT_TOOL, "agents.main.tools.old")) == ("Tool old.", "")
        assert said.pop((pb.CHANGE_SUBJECT_TOOL, "agents.main.tools.new")) == ("", "Tool new.")
        before, after = said.pop((pb.CHANGE_SUBJECT_SCHEMA, "agents.main.tools.add.input"))
        assert '"required": ["a", "b"]' in before
        assert '"required": ["a"]' in after
        assert said.pop((pb.CHANGE_SUBJECT_REACH, "agents.main.tools.add.reach")) == (
            "",
            "hosts: api.example.com",
        )
        assert said.pop((pb.CHANGE_SUBJECT_AGENT, "agents.gone")) == ("gone", "")
        assert said.pop((pb.CHANGE_SUBJECT_AGENT, "agents.more")) == ("", "more")
        assert {path.split(".")[1] for _, path in said} <= {"more", "main"}
        listed = await server.call("ListVersions", pb.ListVersionsRequest(name="weather"))
        assert [each.version for each in listed.value.versions] == [1]


async def test_a_bundle_that_cannot_run_is_refused(place: Path | str) -> None:
    async with deploying(place) as server:
        refused = await server.deploy(b"not one of them")
        assert refused.reason == "BUNDLE_SYNTAX_ERROR"
        empty = server.bundles.add(source=b"empty")
        assert (await server.deploy(empty)).reason == "NO_AGENTS"
        refusal = Refusal("agents.main.tools", "it asks for a hosted tool", 3, 7)
        off = server.bundles.add(agent(), agent(key="off", refusals=(refusal,)), source=b"off")
        refused = await server.deploy(off)
        assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, "AGENT_DISABLED")
        assert 'The agent "off"' in refused.message
        assert "line 3, column 7" in refused.message
        assert (await server.call("ListAgents", pb.ListAgentsRequest())).value.agents == []


BAD_REQUESTS: dict[str, Any] = {
    "name": {"name": "Weather"},
    "bundle": {"bundle": BundleSource()},
    "expected_version": {"expected_version": -1},
    "reach.fetch[0]": {"reach": pb.Reach(fetch=[pb.FetchAccess(rule="*")])},
    "reach.fetch": {"reach": pb.Reach(fetch=[pb.FetchAccess(rule="a.example")] * 101)},
    "reach.secrets[0].hosts": {"reach": pb.Reach(secrets=[pb.SecretAccess(name="KEY")])},
    "reach.env": {"reach": pb.Reach(env=["not a name"])},
    "reach.models": {"reach": pb.Reach(models=[""])},
    "reach": {"reach": pb.Reach.FromString(b"\xfa\x01\x02hi")},  # of a later version
}


@pytest.mark.parametrize("field", BAD_REQUESTS)
async def test_invalid_requests_name_their_field(field: str) -> None:
    async with deploying() as server:
        sent = {"name": "weather", "bundle": BundleSource(inline=b"one"), **BAD_REQUESTS[field]}
        refused = await server.call("DeployBundle", pb.DeployBundleRequest(**sent))
        assert refused.code is Code.INVALID_ARGUMENT
        assert refused.violations == (field,)


async def test_a_reach_of_rules_without_a_use_is_refused() -> None:
    async with deploying() as server:
        source = server.bundles.add(agent(), source=b"one")
        reach = pb.Reach()
        reach.approvals.add(tool="*").input_schema.json_text = '{"type": "no such type"}'
        refused = await server.deploy(source, reach=reach)
        assert (refused.code, refused.violations) == (Code.INVALID_ARGUMENT, ("reach.approvals",))


async def test_writes_expect_what_was_read(place: Path | str) -> None:
    async with deploying(place) as server:
        source = server.bundles.add(agent(), source=b"one")
        changed = await server.deploy(source, expected_version=1)
        assert (changed.code, changed.reason) == (Code.ABORTED, "VERSION_CHANGED")
        assert (await server.deploy(source, expected_version=0)).code is Code.OK
        await server.call("ApproveReach", pb.ApproveReachRequest(name="weather", version=1))
        assert (await server.label(1, expected_version=1)).reason == "VERSION_CHANGED"
        assert (await server.label(1, expected_version=0)).code is Code.OK
        assert (await server.label(0, expected_version=1)).code is Code.OK
        gone = pb.DeleteAgentRequest(name="weather", expected_version=7)
        assert (await server.call("DeleteAgent", gone)).reason == "VERSION_CHANGED"


async def test_lists_are_paged(place: Path | str) -> None:
    async with deploying(place) as server:
        for name in ("alpha", "beta", "gamma"):
            await server.deployed(f"I am {name}.", name)
        seen, token = [], ""
        while True:
            asked = pb.ListAgentsRequest(page_size=2, page_token=token)
            page = (await server.call("ListAgents", asked)).value
            seen += [each.name for each in page.agents]
            token = page.next_page_token
            if not token:
                break
        assert seen == ["alpha", "beta", "gamma"]
        asked = pb.ListAgentsRequest(page_size=2)
        token = (await server.call("ListAgents", asked)).value.next_page_token
        other = pb.ListAgentsRequest(page_token=token)
        assert (await server.as_("other owner").call("ListAgents", other)).violations == (
            "page_token",
        )
        for number in range(5):
            await server.deployed(f"I am {number}.", "many")
        seen, token = [], ""
        while True:
            of_many = pb.ListVersionsRequest(name="many", page_size=2, page_token=token)
            versions = (await server.call("ListVersions", of_many)).value
            seen += [each.version for each in versions.versions]
            token = versions.next_page_token
            if not token:
                break
        assert seen == [5, 4, 3, 2, 1]


async def test_what_is_anothers_is_not_there(place: Path | str) -> None:
    async with deploying(place) as server:
        await server.deployed("I am one.")
        await server.label(1)
        other = server.as_("other owner")
        asked: list[tuple[str, Any]] = [
            ("GetAgent", pb.GetAgentRequest(name="weather")),
            ("ListVersions", pb.ListVersionsRequest(name="weather")),
            ("ApproveReach", pb.ApproveReachRequest(name="weather", version=1)),
            ("SetLabel", pb.SetLabelRequest(name="weather", label="production", version=1)),
            ("DeleteAgent", pb.DeleteAgentRequest(name="weather")),
        ]
        for method, request in asked:
            theirs = await other.call(method, request)
            nowhere = type(request)()
            nowhere.CopyFrom(request)
            nowhere.name = "nowhere"
            not_there = await server.call(method, nowhere)
            assert theirs.reason == not_there.reason == "DEPLOYMENT_NOT_FOUND"
            assert theirs.message == not_there.message.replace("nowhere", "weather")
        theirs, not_there = await other.said(), await server.said("nowhere")
        assert theirs.message == not_there.message.replace("nowhere", "weather")
        assert await other.deployed("I am theirs.") == 1
        assert (await other.said("weather@1")).value[0] == "I am theirs."
        assert (await server.said("weather@1")).value[0] == "I am one."


async def test_deleted_versions_are_gone_and_numbers_are_not_given_again(
    place: Path | str,
) -> None:
    async with deploying(place) as server:
        for number in (1, 2, 3):
            assert await server.deployed(f"I am {number}.") == number
        await server.label(3)
        labelled = pb.DeleteAgentRequest(name="weather", version=3)
        refused = await server.call("DeleteAgent", labelled)
        assert (refused.code, refused.violations) == (Code.INVALID_ARGUMENT, ("version",))
        second = pb.DeleteAgentRequest(name="weather", version=2)
        assert (await server.call("DeleteAgent", second)).code is Code.OK
        assert (await server.call("DeleteAgent", second)).code is Code.NOT_FOUND
        assert (await server.said("weather@2")).code is Code.NOT_FOUND
        assert (await server.label(2)).code is Code.NOT_FOUND
        assert (await server.said()).value == ("I am 3.", "weather@3")
        everything = pb.DeleteAgentRequest(name="weather")
        assert (await server.call("DeleteAgent", everything)).code is Code.OK
        assert (await server.said()).code is Code.NOT_FOUND
        assert (await server.said("weather@3")).code is Code.NOT_FOUND
        assert (await server.call("ListAgents", pb.ListAgentsRequest())).value.agents == []
        assert await server.deployed("I am 3.", expected_version=0) == 4
        assert (await server.said()).code is Code.NOT_FOUND


async def test_labels_say_who_set_them_and_may_be_removed(place: Path | str) -> None:
    async with deploying(place) as server:
        await server.deployed("I am one.")
        await server.label(1, "staging")
        found = (await server.label(1)).value.agent
        assert [(each.label, each.version, each.percent) for each in found.labels] == [
            ("production", 1, 0),
            ("staging", 1, 0),
        ]
        assert found.labels[0].updated_by == "owner of acme"
        assert (await server.said("weather@staging")).value == ("I am one.", "weather@1")
        await server.label(0, "staging")
        assert (await server.said("weather@staging")).code is Code.NOT_FOUND
        for bad in ({"label": "Bad"}, {"label": "canary"}, {"percent": 5}):
            fields: Any = {"name": "weather", "label": "production", "version": 1, **bad}
            refused = await server.call("SetLabel", pb.SetLabelRequest(**fields))
            assert refused.code is Code.INVALID_ARGUMENT


async def test_only_deployed_agents_run_where_the_policy_says_so() -> None:
    async with deploying(parts=Parts(any_bundle=False)) as server:
        source = server.bundles.add(agent(), source=b"one")
        refused = await _said_with(server, source)
        assert (refused.code, refused.reason) == (Code.PERMISSION_DENIED, "BUNDLE_NOT_ALLOWED")
        await server.deployed("I am one.")
        assert (await server.said("weather@1")).value[0] == "I am one."


@pytest.mark.parametrize(
    ("role", "any_bundle", "reason"),
    [
        ("viewer", True, "PERMISSION_DENIED"),
        ("approver", False, "PERMISSION_DENIED"),
        ("invoker", True, ""),
        ("invoker", False, "BUNDLE_NOT_ALLOWED"),
        ("deployer", False, ""),
    ],
)
async def test_bundle_is_loaded_to_look_at_it_only_for_who_may(
    role: str, any_bundle: bool, reason: str
) -> None:
    async with deploying(parts=Parts(any_bundle=any_bundle)) as server:
        source = server.bundles.add(agent(), source=b"one")
        asked = InspectBundleRequest(bundle=BundleSource(inline=source))
        caller = server.as_(f"acme {role}")
        assert (await caller.inspect(asked)).code is Code.OK
        asked.resolve.SetInParent()
        refused = await caller.inspect(asked)
        assert refused.reason == reason
        assert refused.violations == (("resolve",) if reason else ())


@pytest.mark.parametrize("ref", ["", "Weather", "weather@", "weather@0", "weather@a@b", "a" * 64])
async def test_malformed_references_are_refused(ref: str) -> None:
    async with deploying() as server:
        refused = await server.said(ref)
        assert (refused.code, refused.violations) == (Code.INVALID_ARGUMENT, ("spec.deployed",))


async def _said_with(server: Deploying, source: bytes) -> Any:
    return await server.said("unused", bundle=BundleSource(inline=source))


async def test_the_audit_trail_says_who_changed_what() -> None:
    async with deploying() as server:
        deployer, approver = server.as_("acme deployer"), server.as_("acme approver")
        source = server.bundles.add(agent(), source=b"one")
        await deployer.deploy(source, validate_only=True)
        digest = (await deployer.deploy(source)).value.version.bundle_digest
        await deployer.label(1)  # refused: it is not approved
        await approver.call("ApproveReach", pb.ApproveReachRequest(name="weather", version=1))
        await deployer.label(1, "canary", percent=5)
        await deployer.call("DeleteAgent", pb.DeleteAgentRequest(name="weather"))
        told = [
            (each.action.value, each.target, each.subject, dict(each.detail))
            for each in server.trail.entries
        ]
        assert told == [
            (
                "agent.deployed",
                "weather@1",
                "deployer of acme",
                {"digest": digest, "approved": "false"},
            ),
            ("reach.approved", "weather@1", "approver of acme", {"digest": digest}),
            (
                "agent.labelled",
                "weather@canary",
                "deployer of acme",
                {"version": "1", "percent": "5"},
            ),
            ("agent.deleted", "weather", "deployer of acme", {}),
        ]


async def test_a_deployed_bundle_is_the_organisations_by_its_digest(place: Path | str) -> None:
    async with deploying(place) as server:
        source = server.bundles.add(agent(), source=b"one")
        digest = (await server.deploy(source)).value.version.bundle_digest
        journal = server.database.journal
        assert await journal.program_of("acme", digest) == source
        assert await journal.program_of("other", digest) is None
        await server.call("DeleteAgent", pb.DeleteAgentRequest(name="weather"))
        assert await journal.program_of("acme", digest) is None
