"""A request lowers limits and never raises them, and every limit reaches the worker."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from hypothesis import given
from hypothesis import strategies as st

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from caisson.toolrunner.worker.v1 import worker_pb2
from services.toolrunner import wire
from services.toolrunner.checks import MAY_BE_NONE, lowered
from services.toolrunner.domain import MIB, STACK_BYTES, Limits, Program
from services.toolrunner.errors import ProtocolError, SetupError
from services.toolrunner.messages import LimitRequest, Open
from services.toolrunner.pool import wire as pool_wire
from services.toolrunner.settings import Settings
from services.toolrunner.worker import wire as worker_wire

NAMES = [field.name for field in fields(Limits)]


@st.composite
def limits_and_requests(draw: st.DrawFn) -> tuple[Limits, LimitRequest]:
    """Return limits, and a request that lowers or raises any of them."""
    most = {name: draw(st.integers(1, 2**40)) for name in NAMES}
    wanted = {name: draw(st.none() | st.integers(1, 2**41)) for name in NAMES}
    return Limits(**most), LimitRequest(**wanted)


@given(limits_and_requests())
def test_request_limits_only_lower_settings(drawn: tuple[Limits, LimitRequest]) -> None:
    most, request = drawn
    result = lowered(most, request, "call.limits")
    for name in NAMES:
        asked = getattr(request, name)
        least = getattr(most, name) if asked is None else min(asked, getattr(most, name))
        assert getattr(result, name) == least
    assert lowered(result, request, "call.limits") == result
    assert lowered(most, None, "call.limits") == most


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [-1, 0, float("inf"), float("nan")])
def test_invalid_limit_is_refused(name: str, value: float) -> None:
    wanted: dict[str, Any] = {name: value}
    request = LimitRequest(**wanted)
    if value == 0 and name in MAY_BE_NONE:
        assert getattr(lowered(Limits(), request, "call.limits"), name) == 0
        return
    with pytest.raises(ProtocolError, match=f"call.limits.{name.removesuffix('_s')} is"):
        lowered(Limits(), request, "call.limits")


def test_every_limit_has_a_field_in_both_protocols() -> None:
    assert {field.name for field in fields(LimitRequest)} == set(NAMES)
    assert len(pb.Limits.DESCRIPTOR.fields) == len(NAMES)
    assert len(worker_pb2.WorkLimits.DESCRIPTOR.fields) == len(NAMES)
    assert list(asdict(Limits())) == NAMES


def test_every_request_limit_is_read() -> None:
    numbers = {name: at + 1 for at, name in enumerate(NAMES)}
    whole = {name: value for name, value in numbers.items() if not name.endswith("_s")}
    limits = pb.Limits(
        timeout=Duration(seconds=numbers["timeout_s"]),
        host_wait=Duration(seconds=numbers["host_wait_s"]),
        **whole,
    )
    message = wire.from_request(pb.RunToolsRequest(open=pb.Open(limits=limits)))
    assert isinstance(message, Open)
    assert message.limits == LimitRequest(**numbers)


def test_every_limit_reaches_the_worker() -> None:
    numbers = {name: at + 1 for at, name in enumerate(NAMES)}
    frame = b"".join(pool_wire.load_frame(1, Program("0" * 64, True, b""), Limits(**numbers)))
    request = worker_pb2.WorkerRequest.FromString(frame[4:])
    assert worker_wire.limits_of(request.load.limits) == Limits(**numbers)


@pytest.mark.parametrize("name", NAMES)
def test_deployment_sets_every_call_limit(name: str) -> None:
    least = {"memory_bytes": MIB, "heap_bytes": MIB, "stack_bytes": 65536}.get(name, 7)
    settings = Settings(**{f"call_{name}": least})  # type: ignore[arg-type] # each is a number
    assert getattr(settings.call_limits, name) == least
    unchanged = replace(settings.call_limits, **{name: getattr(Limits(), name)})
    assert unchanged == Limits()


def test_stack_limit_cannot_exceed_guest_stack() -> None:
    assert Settings().call_limits.stack_bytes == STACK_BYTES
    with pytest.raises(SetupError, match="CALL_STACK_BYTES"):
        Settings(call_stack_bytes=STACK_BYTES + 1)
