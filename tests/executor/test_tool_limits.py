"""Every limit of a tool call is set by the deployment, lowered by a request, and never raised."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from caisson.executor.v1.executor_service_pb2 import ExecuteAgentRequest
from caisson.executor.v1.run_pb2 import BundleSource, RunSpec, ToolLimits
from services.executor.adapters.toolrunner.wire import Opening, open_request
from services.executor.agent.budget import budget_of
from services.executor.domain import Program
from services.executor.errors import RequestError, SetupError
from services.executor.limits import DeploymentLimits, RunLimits, ToolCallLimits
from services.executor.settings import PREFIX, Settings, read_settings
from services.executor.wire.requests import from_execute_request
from services.toolrunner.checks import MAY_BE_NONE
from services.toolrunner.domain import Limits
from services.toolrunner.messages import LimitRequest, Open
from services.toolrunner.wire import from_request
from tests.executor.builders import agent

NAMES = [each.name for each in fields(ToolCallLimits)]
PROGRAM = Program("sha256:" + "0" * 64, is_module=True, source=b"")
LIMITS = st.builds(ToolCallLimits, **{name: st.none() | st.integers(0, 2**40) for name in NAMES})


def request_with(**limits: Any) -> bytes:
    """Return a request that is right but for its limits, perhaps."""
    spec = RunSpec(bundle=BundleSource(inline=b"1"), message="Go.")
    spec.limits.tool.CopyFrom(ToolLimits(**limits))
    return ExecuteAgentRequest(spec=spec).SerializeToString()


def field_of(name: str) -> str:
    """Return a limit's name in a request."""
    return name.removesuffix("_s")


def value_of(name: str, number: int) -> int | Duration:
    """Return a number as a request has it."""
    return Duration(seconds=number) if name.endswith("_s") else number


def test_limits_match_those_of_toolrunner() -> None:
    assert set(NAMES) == {each.name for each in fields(Limits)}


def test_every_limit_of_a_request_is_read() -> None:
    numbers = {name: at + 1 for at, name in enumerate(NAMES)}
    limits = {field_of(name): value_of(name, number) for name, number in numbers.items()}
    assert asdict(from_execute_request(request_with(**limits)).request.limits.tool) == numbers
    assert from_execute_request(request_with()).request.limits.tool == ToolCallLimits()


@pytest.mark.parametrize("name", NAMES)
def test_zero_means_unlimited_or_is_refused(name: str) -> None:
    request = request_with(**{field_of(name): value_of(name, 0)})
    if name in MAY_BE_NONE:
        assert getattr(from_execute_request(request).request.limits.tool, name) == 0
        return
    with pytest.raises(RequestError) as refused:
        from_execute_request(request)
    assert f"spec.limits.tool.{field_of(name)}" in str(refused.value.violations)


@given(LIMITS, LIMITS)
def test_request_lowers_limits_and_never_raises_them(
    own: ToolCallLimits, asked: ToolCallLimits
) -> None:
    budget = budget_of(DeploymentLimits(tool=own), agent(), RunLimits(tool=asked))
    for name in NAMES:
        told = [each for each in (getattr(own, name), getattr(asked, name)) if each is not None]
        assert getattr(budget.tool_limits, name) == (min(told) if told else None)


@given(LIMITS)
def test_every_limit_reaches_toolrunner(limits: ToolCallLimits) -> None:
    opening = from_request(open_request(Opening("run", PROGRAM, limits, "a/b")))
    assert isinstance(opening, Open)
    assert opening.tenant == "a/b"
    told = {
        name: max(value, 1e-6) if name.endswith("_s") else value
        for name, value in asdict(limits).items()
        if value is not None
    }
    assert (opening.limits or LimitRequest()) == LimitRequest(**told)


@pytest.mark.parametrize("name", NAMES)
def test_deployment_sets_every_limit(name: str) -> None:
    variable, least = f"{PREFIX}TOOL_{name.upper()}", 4 * 2**20
    value = {"stack_bytes": 2**16, "output_bytes": 7, "console_bytes": 7}.get(name, least)
    if name.endswith("_s") or name.startswith(("host", "timers")):
        value = 7
    limits = read_settings({variable: str(value)}).tool_limits
    assert asdict(limits) == {**dict.fromkeys(NAMES), name: value}
    assert Settings().tool_limits == ToolCallLimits()
    with pytest.raises(SetupError, match=f"{variable} is -1"):
        read_settings({variable: "-1"})
