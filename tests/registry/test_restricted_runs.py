"""What runs of a deployed version may reach, and who approves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import grpc
import pytest

from caisson.executor.v1 import executor_service_pb2 as executor
from caisson.executor.v1 import run_pb2
from caisson.executor.v1beta1 import agent_service_pb2 as pb
from services.executor.access.principal import Role
from services.executor.agent.model_grant import ModelsForTools
from services.executor.agent.model_names import ModelNames
from services.executor.agent.planner import Planner
from services.executor.agent.scripted import (
    CountingIds,
    FixedBundles,
    FixedPrices,
    ScriptedModel,
    ScriptedRunner,
)
from services.executor.call_rules import ApprovalRule
from services.executor.clients import OWN_PROCESS
from services.executor.domain import InlineBundle
from services.executor.egress.broker import RunBroker
from services.executor.egress.environment import PlainValue
from services.executor.egress.policy import EgressPolicy, FetchGrant
from services.executor.egress.rules import parse_rule
from services.executor.egress.secrets import SecretBinding
from services.executor.egress.version_reach import PinnedVersion, VersionReach
from services.executor.egress.web_url import parse_url
from services.executor.errors import FetchDeniedError, RequestError
from services.executor.limits import DeploymentLimits, RunLimits
from services.executor.registry.rows import NewVersion
from services.executor.run_request import RunRequest
from services.executor.schemas.scripted import LocalSchemas
from tests.egress.brokers import Fixed
from tests.executor.builders import ADD_SCHEMA, add, agent, bundle, calls, says, tool
from tests.registry.stage import Answer, Deploying, Parts, deploying

Code = grpc.StatusCode
WIDE = pb.Reach(fetch=[pb.FetchAccess(rule="*.x.com")], env=["REGION"])
NARROW = pb.Reach(fetch=[pb.FetchAccess(rule="api.x.com")])


async def approve(server: Deploying, version: int) -> Answer:
    return await server.call(
        "ApproveReach", pb.ApproveReachRequest(name="weather", version=version)
    )


async def test_a_wider_reach_needs_an_approver(place: Any) -> None:
    async with deploying(place) as owner:
        deployer, approver = owner.as_("acme deployer"), owner.as_("acme approver")
        invoker = owner.as_("acme invoker")
        source = owner.bundles.add(agent(system="I reach."), source=b"one")
        assert (await deployer.deploy(source, reach=WIDE, approve_reach=True)).reason == (
            "PERMISSION_DENIED"
        )
        first = (await deployer.deploy(source, reach=WIDE)).value.version
        assert (first.approved, first.created_by) == (False, "deployer of acme")
        assert first.wider == ["it is the first version with an approved reach"]
        for refused in (
            await deployer.label(1),
            await deployer.label(1, "canary", percent=5),
            await invoker.said("weather@1"),
        ):
            assert (refused.code, refused.reason) == (
                Code.FAILED_PRECONDITION,
                "REACH_NOT_APPROVED",
            )
        assert (await approve(deployer, 1)).code is Code.PERMISSION_DENIED
        approved = (await approve(approver, 1)).value.version
        assert (approved.approved, approved.approved_by) == (True, "approver of acme")
        assert (await approve(owner, 1)).value.version.approved_by == "approver of acme"
        assert (await deployer.label(1)).code is Code.OK
        assert (await invoker.said()).value == ("I reach.", "weather@1")


async def test_the_approved_version_is_what_counts(place: Any) -> None:
    async with deploying(place) as owner:
        source = owner.bundles.add(agent(), source=b"one")
        other = owner.bundles.add(agent(system="Other."), source=b"two")
        await owner.deploy(source, reach=NARROW, approve_reach=True)
        wide = (await owner.deploy(source, reach=WIDE)).value.version
        assert wide.wider == ["new fetch rule *.x.com", "new plain value REGION"]
        again = (await owner.deploy(other, reach=WIDE)).value.version
        assert not again.approved  # although it is no wider than the version before
        same = (await owner.deploy(other, reach=NARROW)).value.version
        assert (same.approved, same.approved_by, list(same.wider)) == (True, "", [])
        await approve(owner, 3)
        assert (await owner.deploy(source, reach=WIDE)).value.version.wider  # than version 4
        for version in (1, 3, 4):
            gone = pb.DeleteAgentRequest(name="weather", version=version)
            await owner.call("DeleteAgent", gone)
        last = (await owner.deploy(other, reach=NARROW)).value.version
        assert not last.approved  # there is no approved version any more


async def test_models_of_the_bundle_are_part_of_its_reach(place: Any) -> None:
    async with deploying(place) as owner:
        one = owner.bundles.add(agent(model="openai/gpt-x"), source=b"one")
        found = (await owner.deploy(one, approve_reach=True)).value.version
        assert found.reach.models == ["openai/gpt-x"]
        two = owner.bundles.add(
            agent(model="openai/gpt-x", fallback_models=("openai/gpt-y",)), source=b"two"
        )
        assert (await owner.deploy(two)).value.version.wider == ["new model openai/gpt-y"]
        assert (await owner.said("weather@1")).code is Code.OK
        assert (await owner.said("weather@1", model="openai/gpt-x")).code is Code.OK
        refused = await owner.said("weather@1", model="openai/gpt-y")
        assert (refused.code, refused.violations) == (Code.INVALID_ARGUMENT, ("spec.model",))
        refused = await owner.said("weather@1", fallback_models=["openai/gpt-y"])
        assert refused.violations == ("spec.model",)


async def test_values_of_a_request_must_be_in_the_reach() -> None:
    async with deploying() as owner:
        source = owner.bundles.add(agent(), source=b"one")
        await owner.deploy(source, reach=pb.Reach(env=["REGION"]), approve_reach=True)
        assert (await owner.said("weather@1", env={"REGION": "eu"})).code is Code.OK
        refused = await owner.said("weather@1", env={"REGION": "eu", "OTHER": "1"})
        assert (refused.code, refused.violations) == (Code.INVALID_ARGUMENT, ("spec.env",))
        context = run_pb2.RunSpec().request_context
        context.json_text = '{"env": {"OTHER": "1"}}'
        refused = await owner.said("weather@1", request_context=context)
        assert refused.violations == ("spec.env",)


async def test_calls_wait_for_the_approval_that_the_version_asks_for() -> None:
    reach = pb.Reach(approvals=[run_pb2.ApprovalRule(tool="add")])
    scripts = [calls(("c1", "add", '{"a": 1, "b": 2}')), says("It is three.")]
    parts = Parts(model=ScriptedModel(scripts), runner=ScriptedRunner({"add": add}))
    async with deploying(parts=parts) as owner:
        source = owner.bundles.add(agent(tool("add", ADD_SCHEMA)), source=b"one")
        await owner.deploy(source, reach=reach, approve_reach=True)
        asked = executor.ExecuteAgentRequest()
        asked.spec.deployed, asked.spec.message = "weather@1", "Add."
        metadata = (("authorization", "Bearer acme owner"),)
        reasons, text = [], ""
        async for response in owner.client.stub.ExecuteAgent(asked, metadata=metadata):
            required = response.event.input_required
            text += response.event.text_delta.delta
            if response.event.HasField("input_required"):
                reasons.append(required.reason)
                answer = executor.AnswerInputRequest(
                    run_id=response.event.run_id,
                    input_id=required.input_id,
                    approve=executor.Approve(),
                )
                await owner.client.stub.AnswerInput(answer, metadata=metadata)
        assert text == "It is three."
        assert reasons == ["A rule of the deployed version asks for it."]


class SeesBroker(ScriptedRunner):
    """A runner that keeps the broker of the last sandbox, and what its tools saw."""

    broker: RunBroker | None = None

    def open(self, run_id: str, program: Any, limits: Any, broker: Any, *more: Any) -> Any:
        self.broker = broker
        self.limits = limits
        return super().open(run_id, program, limits, broker, *more)


async def test_tools_reach_what_the_policy_and_the_version_allow() -> None:
    policy = EgressPolicy(
        grants=(FetchGrant(parse_rule("*.x.com")),),
        secrets=(
            SecretBinding("KEY", (parse_rule("*.x.com"),), Fixed("a value of eight")),
            SecretBinding("OTHER", (parse_rule("*.x.com"),), Fixed("another value")),
        ),
        env=(PlainValue("REGION", "eu"), PlainValue("SHOP", "shop")),
    )
    reach = pb.Reach(
        fetch=[pb.FetchAccess(rule="api.x.com"), pb.FetchAccess(rule="evil.example")],
        secrets=[pb.SecretAccess(name="KEY", hosts=[pb.FetchAccess(rule="api.x.com")])],
        env=["REGION"],
    )
    reach.limits.tool.host_calls = 7
    runner = SeesBroker({"add": add})
    parts = Parts(model=ScriptedModel([says("Hi.")] * 3), runner=runner, policy=policy)
    async with deploying(parts=parts) as owner:
        source = owner.bundles.add(agent(tool("add", ADD_SCHEMA)), source=b"one")
        await owner.deploy(source, reach=reach, approve_reach=True)
        assert (await owner.said("weather@1")).code is Code.OK
        broker = runner.broker
        assert broker is not None
        assert set(broker.env) == {"KEY", "REGION"}
        assert runner.limits.host_calls == 7
        for url, is_allowed in (
            ("https://api.x.com/", True),
            ("https://b.x.com/", False),
            ("https://evil.example/", False),
        ):
            assert allows(broker, url) is is_allowed
        await owner.deploy(source, "bare", approve_reach=True)
        assert (await owner.said("bare@1")).code is Code.OK
        assert runner.broker is not None
        assert runner.broker is not broker
        assert not runner.broker.env
        assert runner.broker.capabilities == ()


def allows(broker: RunBroker, url: str) -> bool:
    try:
        broker.allowed.check(parse_url(url), "GET")
    except FetchDeniedError:
        return False
    return True


async def test_limits_and_models_of_tools_are_those_of_the_version() -> None:
    source = bundle(agent(tool("add", ADD_SCHEMA)))
    parts = (FixedBundles(source), FixedPrices(), ModelNames(), DeploymentLimits(max_steps=9))
    planner = Planner(*parts, CountingIds(), LocalSchemas(), models=ModelsForTools.ALWAYS)
    reach = VersionReach(
        models=("openai/gpt-x",),
        limits=RunLimits(max_steps=5, max_input_tokens=100),
        approvals=(ApprovalRule("add"),),
    )
    request = RunRequest(InlineBundle(b""), "Hello", limits=RunLimits(max_steps=7))
    bounded = planner.within(PinnedVersion("weather@1", reach))
    plan = await bounded.plan(request, OWN_PROCESS)
    assert (plan.budget.max_steps, plan.budget.max_input_tokens) == (5, 100)
    assert not plan.asks_models
    with pytest.raises(RequestError, match=r"reach\.tool_models"):
        await bounded.plan(replace(request, allow_models=True), OWN_PROCESS)
    free = planner.within(PinnedVersion("weather@1", replace(reach, tool_models=True)))
    assert (await free.plan(request, OWN_PROCESS)).asks_models
    plan = await planner.plan(request, OWN_PROCESS)
    assert (plan.budget.max_steps, plan.version) == (7, None)


async def test_a_recorded_reach_that_is_not_understood_closes(place: Any) -> None:
    async with deploying(place) as owner:
        later = NewVersion("weather", "sha256:1", ("main",), b"\xfa\x01\x02hi", "me", approves=True)
        agents = owner.database.agents
        await agents.deploy("acme", later, lambda old, new: ("wider",), None)
        await owner.database.journal.keep_program("sha256:1", b"one")
        refused = await owner.said("weather@1")
        assert (refused.code, refused.reason) == (Code.FAILED_PRECONDITION, "REACH_NOT_APPROVED")
        source = owner.bundles.add(agent(), source=b"two")
        next_one = (await owner.deploy(source)).value.version
        assert next_one.wider == ["the reach of the version before cannot be read"]
        assert not next_one.approved


READERS = set(Role) - {Role.OPERATOR}
MAY = {
    "ListAgents": READERS,
    "GetAgent": READERS,
    "ListVersions": READERS,
    "DeployBundle": {Role.OWNER, Role.DEPLOYER},
    "SetLabel": {Role.OWNER, Role.DEPLOYER},
    "DeleteAgent": {Role.OWNER, Role.DEPLOYER},
    "ApproveReach": {Role.OWNER, Role.APPROVER},
}


@pytest.mark.parametrize("role", Role)
async def test_roles_may_what_they_are_for(role: Role) -> None:
    async with deploying() as owner:
        caller = owner.as_(f"acme {role.value}")
        for method, roles in MAY.items():
            kind = pb.DESCRIPTOR.services_by_name["AgentService"].methods_by_name[method]
            request = getattr(pb, kind.input_type.name)()
            refused = (await caller.call(method, request)).code is Code.PERMISSION_DENIED
            assert refused is (role not in roles), method
