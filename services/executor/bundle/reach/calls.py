"""What the calls of a region load and fetch: `fetch(url)`, `require(name)`, `import(name)`."""

from __future__ import annotations

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import (
    Call,
    Chain,
    Facts,
)
from services.executor.bundle.reach.finds import (
    CODE,
    FETCHES,
    HOSTS,
)
from services.executor.bundle.reach.modules import Loaders, load
from services.executor.bundle.reach.origins import Origins
from services.executor.bundle.reach.regions import Names, Node, Region

_LOADS = frozenset({"require", "import()", "__non_webpack_require__"})
_TIMERS = frozenset({"setTimeout", "setInterval"})


def judge_calls(names: Names, region: Region, facts: Facts) -> set[str]:
    """Note what the calls reach; return the names that need no more following."""
    loaders = Loaders(names, region)
    loaders.load_own(facts)
    for at in facts.makes_code:
        region.finds.gap(CODE, at)
    for call in facts.calls:
        if loaders.takes(call):
            continue
        plain = names.plain(region.scope, call.target.name, call.target.chain)
        if names.lookup(plain.scope, plain.name).is_global:
            _global_call(names, region, plain.name, plain.chain, call)
    return loaders.done(facts)


def _global_call(names: Names, region: Region, name: str, chain: Chain, call: Call) -> None:
    finds = region.finds
    given = call.arguments.named_children if call.arguments is not None else []
    first = given[0] if given else None
    if name in FETCHES and not chain:
        if first is None or not _origins(names, region).is_known(first, call.scope):
            finds.gap(HOSTS, call.at)
    elif name == "XMLHttpRequest" or (name, chain) == ("navigator", ("sendBeacon",)):
        finds.gap(HOSTS, call.at)
    elif (name in _LOADS and chain in ((), ("resolve",))) or (name, chain) == (
        "process",
        ("getBuiltinModule",),
    ):
        load(names, first, finds, call.at)
    elif name in _TIMERS and first is not None and first.kind_id in _TEXTS:
        finds.gap(CODE, call.at)


_TEXTS = (grammar.STRING, grammar.TEMPLATE, grammar.BINARY)


def _origins(names: Names, region: Region) -> Origins:
    def lookup(name: str) -> Node | None:
        found = names.defining(region.scope, name)
        return None if found is None else found.node

    return Origins(names.text, lookup)
