"""What one region reaches by itself, and how a global's mentions are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.executor.bundle.reach.facts import ANY, Chain, Mention, Role
from services.executor.bundle.reach.guest import (
    GLOBALS,
    LANGUAGE,
    REFUSED_GLOBALS,
    lacks_global,
    node_name,
)

HOSTS = "it may reach hosts that are computed at run time"
CODE = "it may run code that is made at run time"
MODULES = "it may load modules whose names are computed at run time"
ENV = "it may read environment variables whose names are computed at run time"
GLOBAL_NAMES = "it may use globals whose names are computed at run time"
LIMIT = "its code is too large to be followed to the end"
HANDED = "it calls what is handed to it from elsewhere in the bundle"

GLOBAL_OBJECTS = frozenset({"globalThis", "global", "self", "window"})
NETWORK_GLOBALS = frozenset({"fetch", "XMLHttpRequest", "WebSocket", "EventSource"})
# Globals whose first argument says where the request goes.
FETCHES = frozenset({"fetch", "WebSocket", "EventSource"})
NETWORK_MODULES = frozenset(
    f"node:{name}" for name in ("http", "https", "http2", "net", "tls", "dgram")
)
# Names that come with the bundle's format, not with the runtime.
_FORM = frozenset(
    {
        "arguments",
        "await",
        "import()",
        "module",
        "exports",
        "define",
        "require",
        "__dirname",
        "__filename",
    }
)
_BOUND = frozenset({("bind",), ("call",), ("apply",)})
_MAKES_CODE = frozenset({"eval", "Function"})


@dataclass(slots=True)
class Finds:
    """What a region reaches by itself; gaps are reasons with their places."""

    globals: set[str] = field(default_factory=set)
    varying: set[str] = field(default_factory=set)  # what the language says anew in each run
    modules: set[str] = field(default_factory=set)
    env: set[str] = field(default_factory=set)
    gaps: set[tuple[str, int]] = field(default_factory=set)

    def module(self, specifier: str, at: int) -> None:
        """Note a module loaded from outside the bundle."""
        self.modules.add(node_name(specifier) or specifier)

    def gap(self, reason: str, at: int) -> None:
        """Note a place that may lead to more than was found."""
        self.gaps.add((reason, at))

    def environment(self, chain: Chain, role: Role, at: int) -> None:
        """Note what is read from an environment; ``chain`` begins after its `env`.

        A computed name is judged separately, where its key is known.
        """
        if chain and chain[0] != ANY:
            self.env.add(chain[0])
        elif not chain and role is Role.VALUE:
            self.gap(ENV, at)


def is_well_known(name: str) -> bool:
    """Tell whether a name that a block declares may mean a global outside that block."""
    return (
        name in GLOBALS
        or name in REFUSED_GLOBALS
        or name in GLOBAL_OBJECTS
        or name in NETWORK_GLOBALS
        or name in _MAKES_CODE
    )


def asked_for(free: Mapping[str, list[Mention]]) -> set[str]:
    """Return the globals that a region looks for on the global object: they may be absent."""
    wholes = [free[name] for name in GLOBAL_OBJECTS if name in free]
    return {mention.chain[0] for whole in wholes for mention in whole if mention.chain}


def judge_global(
    name: str, mentions: Iterable[Mention], finds: Finds, *, asked_for: bool = False
) -> None:
    """Note what a region does with a name that the bundle does not define.

    Passing `process` on needs no note: reads of `env` are noted wherever they happen.
    """
    listed = list(mentions)
    if name in GLOBAL_OBJECTS:
        _judge_global_object(name, listed, finds)
        return
    if name == "import.meta":
        for mention in listed:
            if mention.chain[:1] == ("env",):
                finds.environment(mention.chain[1:], mention.role, mention.at)
        return
    tested = asked_for or any(mention.role is Role.TESTED for mention in listed)
    used = [mention for mention in listed if mention.role is not Role.TESTED]
    if used and name not in _FORM:
        _judge(name, used, tested=tested, finds=finds)


def judge_module(module: str, member: Chain, mentions: list[Mention], finds: Finds) -> None:
    """Note a use of an imported module; ``node:process`` is the global of that name."""
    finds.module(module, mentions[0].at)
    if node_name(module) != "node:process":
        return
    for mention in mentions:
        chain = member + mention.chain
        if chain[:1] == ("default",):
            chain = chain[1:]
        if chain[:2] == ("env", ANY):
            finds.gap(ENV, mention.at)
        elif chain[:1] == ("env",):
            finds.environment(chain[1:], mention.role, mention.at)


def _judge_global_object(name: str, mentions: list[Mention], finds: Finds) -> None:
    members: dict[str, list[Mention]] = {}
    for mention in mentions:
        if not mention.chain:
            if mention.role is Role.VALUE:
                finds.gap(GLOBAL_NAMES, mention.at)
        elif mention.chain[0] == ANY:
            finds.gap(GLOBAL_NAMES, mention.at)
        elif mention.chain[0] not in GLOBAL_OBJECTS:
            rest = Mention(mention.chain[1:], mention.role, mention.at)
            members.setdefault(mention.chain[0], []).append(rest)
    for member, found in members.items():
        # A global read as a member may be absent: reading it does not throw.
        judge_global(member, found, finds, asked_for=True)
    if lacks_global(name) and not members:
        tested = any(mention.role is Role.TESTED for mention in mentions)
        if not tested:
            finds.globals.add(name)


def _judge(name: str, used: list[Mention], *, tested: bool, finds: Finds) -> None:
    if name in _MAKES_CODE:
        for mention in used:
            if mention.role is Role.CALLED and not mention.chain:
                finds.gap(CODE, mention.at)
        return
    if name == "Date" or (name == "Math" and any(map(_may_be_random, used))):
        finds.varying.add(name)
    if name in LANGUAGE or (tested and lacks_global(name)):
        return
    finds.globals.add(name)
    if name in FETCHES:
        for mention in used:
            # Whatever receives `fetch` decides where requests go.
            handed_on = mention.role is Role.VALUE and not mention.chain
            if handed_on or mention.chain[:1] in _BOUND:
                finds.gap(HOSTS, mention.at)
    if name == "process":
        for mention in used:
            if mention.chain[:1] == ("env",):
                finds.environment(mention.chain[1:], mention.role, mention.at)


def _may_be_random(mention: Mention) -> bool:
    """Tell whether a use of ``Math`` may be its randomness: also as a whole, or a computed name."""
    return not mention.chain or mention.chain[0] in (ANY, "random")
