"""The lists of tools of MCP servers that a process keeps: their bounds."""

from __future__ import annotations

from services.executor.adapters.mcp.lists import MAX_BYTES, MAX_DIGEST_BYTES, ToolLists
from services.executor.agent.mcp_ports import McpListing, McpTool
from services.executor.agent.scripted import HeldClock


def listing(*names: str) -> McpListing:
    """A list of tools that say nothing of themselves."""
    return McpListing(tuple(McpTool(name, "", {}) for name in names))


def test_names_and_numbers_of_tools_are_bounded_over_all_servers() -> None:
    """A tenant names as many servers as it likes, all of them at one address it is granted."""
    lists = ToolLists(HeldClock(), 60.0, pinned=True)
    long_name = "n" * (4 * 1024 * 1024)
    for at in range(40):
        lists.add(f"long {at}", listing(long_name), "t")
        assert lists.held_bytes <= MAX_BYTES + MAX_DIGEST_BYTES
    small = listing(*map(str, range(10_000)))
    for at in range(40):
        lists.add(f"many {at}", small, "t")
        assert lists.held_bytes <= MAX_BYTES + MAX_DIGEST_BYTES
    assert lists.find("many 39") is not None
    assert lists.find("many 0") is None
    (change,) = lists.add("many 39", listing("0", "new"), "t").notes[:1]
    assert "these are new: new" in change


def test_largest_list_is_pinned() -> None:
    lists = ToolLists(HeldClock(), 0.0, pinned=True)
    lists.add("s", listing("n" * (8 * 1024 * 1024)), "t")
    assert lists.add("s", listing("steal"), "t").tools == ()
