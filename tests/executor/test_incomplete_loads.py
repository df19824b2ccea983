"""What is told of a bundle whose top level failed halfway, and which tools are out of use."""

from __future__ import annotations

from caisson.toolrunner.v1 import tool_runner_service_pb2 as pb
from services.executor.adapters.toolrunner.earlier_loads import MOST, EarlierLoads
from services.executor.adapters.toolrunner.incomplete_wire import incomplete_of
from services.executor.adapters.toolrunner.wire import Opened, Opening, PrivateLoad
from services.executor.domain import Program
from services.executor.incomplete_load import lines_of
from services.executor.limits import ToolCallLimits

FAULT = pb.LoadFault(
    place="bundle.js:5:7",
    failure=pb.ToolFailure(
        kind=pb.FAILURE_KIND_LOAD_FAILED, name="TypeError", message="not a function"
    ),
)
UNUSABLE = [
    pb.UnusableTool(agent="main", tool="unmade", reason=pb.UNUSABLE_REASON_NOT_MADE, fault=1),
    pb.UnusableTool(agent="main", tool="bare", reason=pb.UNUSABLE_REASON_NOT_CHANGED, fault=1),
    pb.UnusableTool(agent="main", tool="may", reason=pb.UNUSABLE_REASON_USES_UNMADE, fault=1),
    pb.UnusableTool(agent="locked", reason=pb.UNUSABLE_REASON_NOT_CHANGED),
]
AGENTS = [
    pb.MadeAgent(key="main", tools=["good", "may"]),
    pb.MadeAgent(key="locked"),
    pb.MadeAgent(key="later", tools_unknown=True),
]
INCOMPLETE = pb.IncompleteLoad(faults=[FAULT], agents=AGENTS, unusable=UNUSABLE)


def test_tools_out_of_use_are_told_with_their_reason() -> None:
    incomplete = incomplete_of(pb.Opened(incomplete=INCOMPLETE))
    assert incomplete is not None
    failed = " at bundle.js:5:7: TypeError: not a function"
    assert incomplete.out_of_use("main", ["good", "may", "unmade", "bare", "gone"]) == {
        "unmade": f"it was not made{failed}",
        "bare": f"what was to change it failed{failed}",
        "gone": f"it was not made{failed}",
    }
    assert incomplete.out_of_use("locked", ["any"]) == {"any": "what was to change it failed"}
    assert incomplete.out_of_use("later", ["any"]) == {}
    assert incomplete.out_of_use("elsewhere", ["any"]) == {}


def test_lines_name_what_cannot_be_called() -> None:
    lines = [line.text for line in lines_of(incomplete_of(pb.Opened(incomplete=INCOMPLETE)))]
    failed = "at bundle.js:5:7: TypeError: not a function"
    assert lines[2:] == [
        f"Cannot be called: main.unmade, since it was not made {failed}",
        f"Cannot be called: main.bare, since what was to change it failed {failed}",
        f"May fail: main.may, since it uses a value that was not made {failed}",
        "Cannot be called: all tools of locked, since what was to change it failed",
    ]


def test_long_lists_are_cut_and_counted() -> None:
    many = [
        pb.UnusableTool(agent="main", tool=f"t{n}", reason=pb.UNUSABLE_REASON_NOT_MADE, fault=1)
        for n in range(100)
    ]
    opened = pb.Opened(incomplete=pb.IncompleteLoad(faults=[FAULT], unusable=many))
    lines = [line.text for line in lines_of(incomplete_of(opened))]
    assert lines[-1] == "60 more tools cannot be called or may fail."
    assert all(len(line) < 2000 for line in lines)


def test_full_list_of_tools_says_nothing_of_others() -> None:
    full = [pb.MadeAgent(key="main", tools=[f"t{n}" for n in range(1024)])]
    incomplete = incomplete_of(pb.Opened(incomplete=pb.IncompleteLoad(agents=full)))
    assert incomplete is not None
    assert incomplete.out_of_use("main", ["another"]) == {}


def opening(digest: str = "sha256:1", env: dict[str, str] | None = None) -> Opening:
    program = Program(digest, is_module=True, source=b"")
    return Opening("run", program, ToolCallLimits(), "", ("http.fetch",), env or {})


def test_earlier_loads_are_those_of_the_same_grant() -> None:
    loads = EarlierLoads()
    incomplete = incomplete_of(pb.Opened(incomplete=INCOMPLETE))
    loads.note(opening(), Opened((), incomplete=incomplete))
    assert loads.of(opening()) == incomplete
    assert loads.of(opening(env={"KEY": "x"})) is None
    assert loads.of(opening("sha256:2")) is None
    loads.note(opening(), Opened((), incomplete=None))
    assert loads.of(opening()) is None


def test_load_with_values_of_its_run_says_nothing_of_others() -> None:
    loads = EarlierLoads()
    incomplete = incomplete_of(pb.Opened(incomplete=INCOMPLETE))
    loads.note(opening(), Opened((), incomplete=incomplete, private=PrivateLoad(("KEY",), False)))
    assert loads.of(opening()) is None


def test_earlier_loads_are_bounded() -> None:
    loads = EarlierLoads()
    incomplete = incomplete_of(pb.Opened(incomplete=INCOMPLETE))
    for number in range(MOST + 1):
        loads.note(opening(f"sha256:{number}"), Opened((), incomplete=incomplete))
    assert loads.of(opening("sha256:0")) is None
    assert loads.of(opening("sha256:1")) == incomplete
