"""The tree of agents that ``inspect`` draws: each once, in the width there is, and no deeper."""

from __future__ import annotations

import io

from services.cli.show.graph import MAX_DEPTH, show_graph
from services.cli.show.terminal import Terminal
from services.executor.agent_parts import AgentLink
from services.executor.domain import AgentSpec, BundleFormat, Manifest, Refusal, ToolSpec


def agent(
    key: str,
    *,
    to: tuple[str, ...] = (),
    calls: tuple[str, ...] = (),
    tools: tuple[str, ...] = (),
    refused: bool = False,
) -> AgentSpec:
    """An agent that hands over to agents, calls others, and has tools."""
    return AgentSpec(
        key,
        key,
        "",
        f"m/{key}"[:40],
        {each: ToolSpec(each, "", {}, None) for each in tools},
        handoffs=tuple(AgentLink(each, each, f"to_{each}") for each in to),
        agent_tools=tuple(AgentLink(each, each, f"ask_{each}") for each in calls),
        refusals=(Refusal("p", "r"),) if refused else (),
    )


def drawn(*agents: AgentSpec, width: int = 80) -> list[str]:
    """The lines of the tree of agents."""
    out = io.StringIO()
    manifest = Manifest("sha256:0", BundleFormat.ESM, {a.key: a for a in agents}, {}, ())
    with Terminal(out, out, width=width) as terminal:
        show_graph(terminal, manifest)
    return [line.rstrip() for line in out.getvalue().splitlines() if line.strip()]


def test_agents_stand_below_those_that_reach_them() -> None:
    assert drawn(
        agent("billing", tools=("charge", "refund")),
        agent("front", to=("billing",), calls=("search",), tools=("look",)),
        agent("search", refused=True),
        agent("alone", tools=("one",)),
    ) == [
        "front · m/front",
        "├─ tools look",
        "├─ hands over to billing as to_billing · m/billing",
        "│  └─ tools charge, refund",
        "└─ calls search as ask_search · m/search · disabled",
        "alone · m/alone",
        "└─ tools one",
    ]


def test_agents_that_reach_each_other_are_drawn_once() -> None:
    assert drawn(agent("a", to=("b", "c")), agent("b", to=("c",)), agent("c", to=("a", "c"))) == [
        "a · m/a",
        "├─ hands over to b as to_b · m/b",
        "│  └─ hands over to c as to_c · m/c",
        "│     ├─ hands over to a as to_a · see above",
        "│     └─ hands over to c as to_c · see above",
        "└─ hands over to c as to_c · see above",
    ]


def test_agents_without_others_need_no_tree() -> None:
    assert drawn(agent("a", tools=("one",)), agent("b")) == []


def test_agent_of_another_bundle_is_named() -> None:
    other = AgentLink("", "Outside", "ask_outside")
    made = AgentSpec("a", "a", "", None, {}, agent_tools=(other,))
    assert drawn(made) == [
        "a · no model",
        "└─ calls Outside (not of this bundle) as ask_outside",
    ]


def test_lines_end_where_the_terminal_does() -> None:
    tools = tuple(f"tool_number_{number}" for number in range(30))
    lines = drawn(agent("a", to=("b",)), agent("b", tools=tools), width=40)
    assert max(map(len, lines)) == 40
    assert lines[-1].endswith("…")


def test_long_chain_does_not_run_out_of_the_terminal() -> None:
    last = 3 * MAX_DEPTH
    chain = [agent(f"a{n}", to=(f"a{n + 1}",) if n < last else ()) for n in range(last + 1)]
    lines = drawn(*chain)
    assert sum("see below" in line for line in lines) == 2
    assert max(len(line) - len(line.lstrip(" ")) for line in lines) <= 3 * MAX_DEPTH
    assert sum(f"a{last} " in line for line in lines) == 1


def test_text_of_the_bundle_does_not_move_the_cursor() -> None:
    lines = drawn(agent("a\x1b[2J", to=("b\rc",)), agent("b\rc", tools=("t\nu",)))
    assert "\x1b" not in "".join(lines)
    assert len(lines) == 3
