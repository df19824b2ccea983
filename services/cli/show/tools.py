"""The tools of an agent as a table: inputs, descriptions, reach."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from services.cli.show.outside_text import clean
from services.cli.show.schema_summary import summary
from services.cli.show.terminal import Terminal, shortened
from services.executor.bundle.frameworks.registry import ASKING_MODULES
from services.executor.bundle.reach.absences import why_missing
from services.executor.bundle.reach.finds import HOSTS
from services.executor.domain import AgentSpec, ToolSpec
from services.executor.egress.grants import grants_for
from services.executor.tool_reach import Reach, ReachGap

MAX_SUMMARY = 400
MAX_DESCRIPTION = 240
MAX_NAMES = 12
MAX_PLACES = 2
MAX_FLAGS = 24
KEY_WIDTH = 24


def show_tools(terminal: Terminal, agent: AgentSpec, bundle: str) -> None:
    """Write the agent's tools and how to grant what they use; ``bundle`` is the bundle's name."""
    if not agent.tools:
        terminal.line("  no tools", "dim")
        _show_grants(terminal, agent, bundle)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", leading=1)
    table.add_column("tool", overflow="fold", max_width=KEY_WIDTH)
    table.add_column("takes, does, reaches", overflow="fold", ratio=1)
    table.add_column("schema", no_wrap=True)
    for tool in agent.tools.values():
        table.add_row(*_row(tool))
    terminal.block(table)
    _show_grants(terminal, agent, bundle)


def _row(tool: ToolSpec) -> tuple[Text, Text, Text]:
    style = "bold red" if tool.disabled else "bold green"
    origin = tool.schema_source.value.lower() if tool.schema_source else "none"
    state = Text("disabled", style="red") if tool.disabled else Text(origin, style="dim")
    return Text(clean(tool.key), style=style), Text("\n").join(_about(tool)), state


def _about(tool: ToolSpec) -> list[Text]:
    shape = "its input could not be read" if tool.unread_schema else "it is not offered"
    if tool.input_schema is not None:
        shape = summary(tool.input_schema)
    lines = [Text(shortened(shape, MAX_SUMMARY), style="red" if tool.disabled else "")]
    if tool.output_schema is not None:
        lines.append(_labelled("gives", shortened(summary(tool.output_schema), MAX_SUMMARY)))
    if tool.description:
        lines.append(Text(shortened(tool.description, MAX_DESCRIPTION), style="dim"))
    if tool.needs_approval:
        lines.append(_labelled("asks", "a person before it runs", "yellow"))
    if tool.idempotent:
        lines.append(_labelled("repeats", "a call whose outcome an interruption hides"))
    if tool.client_side:
        lines.append(_labelled("runs", "at the client, which answers its calls", "yellow"))
    if tool.gates:
        lines.append(_labelled("minds", f"{_listed(tool.gates)} (asked in the sandbox)"))
    if tool.reach is None or (tool.disabled and tool.reach == Reach()):
        return lines
    return lines + _reach(tool.reach)


def _reach(reach: Reach) -> list[Text]:
    if reach == Reach():
        return [_labelled("reaches", "nothing outside of the sandbox", "green")]
    lacking = set(reach.missing)
    asks = not ASKING_MODULES.isdisjoint(reach.modules)
    uses = [name for name in (*reach.modules, *reach.globals) if name not in lacking]
    found = [
        _labelled("hosts", _listed(reach.hosts), "cyan") if reach.hosts else None,
        _labelled("env", _listed(reach.env), "cyan") if reach.env else None,
        _labelled("uses", _listed(uses)) if uses else None,
        _labelled("asks", "models, where it is granted", "cyan") if asks else None,
    ]
    known = [line for line in found if line is not None]
    return [*known, *_lacks(reach), *_gaps(reach.gaps)]


def _lacks(reach: Reach) -> list[Text]:
    """Return a line for each reason why something is missing."""
    reasons: dict[str, list[str]] = {}
    for name in reach.missing:
        reasons.setdefault(why_missing(reach, name), []).append(name)
    return [
        _labelled("lacks", f"{_listed(names)}: {reason}", "yellow")
        for reason, names in reasons.items()
    ]


def _gaps(gaps: tuple[ReachGap, ...]) -> list[Text]:
    places: dict[str, list[str]] = {}
    for gap in gaps:
        places.setdefault(gap.reason, []).append(f"{gap.line}:{gap.column}")
    return [
        _labelled("open", f"{reason}, at {_some(where)}", "yellow")
        for reason, where in places.items()
    ]


def _some(where: list[str]) -> str:
    shown = where[:MAX_PLACES]
    more = f" and {len(where) - len(shown)} more" if len(where) > len(shown) else ""
    return (", " if more else " and ").join(shown) + more


def _listed(names: tuple[str, ...] | list[str]) -> str:
    shown = ", ".join(names[:MAX_NAMES])
    more = f", and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return clean(shown + more).replace("\n", " ")


def _labelled(label: str, text: str, style: str = "") -> Text:
    return Text.assemble((f"{label} ", "bold"), (clean(text), style))


def _show_grants(terminal: Terminal, agent: AgentSpec, bundle: str) -> None:
    grants = grants_for(agent.tools.values(), ASKING_MODULES, agent.mcp_servers)
    flags = grants.flags()
    if flags:
        terminal.line("")
        terminal.block(Text("To grant what its tools use, after reviewing each:"), indent=2)
        words = ["caisson run", bundle, f"--agent {agent.key}", *flags[:MAX_FLAGS]]
        terminal.block(_command([clean(word) for word in words]), indent=4)
    if len(flags) > MAX_FLAGS:
        more = f"and {len(flags) - MAX_FLAGS} more options: inspect --json has those of each tool"
        terminal.block(Text(more, style="dim"), indent=2)
    if grants.many:
        reason = (
            f"its code names {len(grants.many)} hosts, far more than a tool calls, which is common "
            f"of packages that know many services ({_listed(grants.many)}): add --allow-fetch HOST "
            "for those you want to grant"
        )
        terminal.block(Text(reason, style="dim"), indent=2)
    open_ended = [tool.key for tool in agent.tools.values() if _is_open(tool)]
    if open_ended:
        reason = (
            f"{_listed(open_ended)}: add --allow-fetch HOST for those of the hosts computed at run "
            "time that you want to grant"
        )
        terminal.block(Text(reason, style="dim"), indent=2)
    if grants.unbound:
        names = _listed(grants.unbound)
        reason = f"{names}: add --secret NAME@HOST for those you want to grant, each with its host"
        terminal.block(Text(reason, style="dim"), indent=2)


def _is_open(tool: ToolSpec) -> bool:
    return tool.reach is not None and any(each.reason == HOSTS for each in tool.reach.gaps)


def _command(words: list[str]) -> Text:
    """Return a command that wraps only between its arguments."""
    return Text(" ").join(
        Text(word.replace(" ", "\N{NO-BREAK SPACE}"), style="cyan") for word in words
    )
