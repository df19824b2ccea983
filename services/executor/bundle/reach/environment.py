"""Which environment variables a region reads, also through functions that take the name.

A tool reads secrets as ``env.NAME`` of its second argument; a package reads ``process.env.NAME``,
or has a function for it: ``readEnv("NAME")``.
"""

from __future__ import annotations

import re

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import (
    ANY,
    Call,
    Chain,
    EnvKey,
    Facts,
    Free,
    Local,
    Named,
    Parameter,
    Role,
    plain_name,
    resolved,
)
from services.executor.bundle.reach.finds import ENV, GLOBAL_OBJECTS
from services.executor.bundle.reach.modules import literal_text
from services.executor.bundle.reach.regions import Names, Node, Place, Region

_NAME = re.compile(r"^[A-Z][A-Z0-9_]*$")
_CONTEXT = 1  # the argument of `execute` that holds `env`


def judge_environment(names: Names, region: Region, facts: Facts) -> None:
    """Note the names that the region reads from an environment."""
    handed_on = _told_by_calls(names, region, facts)
    for (parameter, role), at in facts.parameters.items():
        rest = _after_env(parameter.chain)
        if rest is None:
            continue
        if rest and rest[0] != ANY:
            own = parameter.function == region.node.start_byte and parameter.index == _CONTEXT
            if own or _NAME.match(rest[0]):
                region.finds.env.add(rest[0])
        elif not rest and role is Role.VALUE and at not in handed_on:
            region.finds.gap(ENV, at)
    for key in facts.env_keys:
        if _is_env(key.base) and not _is_told(key, region):
            name = _constant(names, region, key)
            if name is None:
                region.finds.gap(ENV, key.at)
            else:
                region.finds.env.add(name)


def _after_env(chain: Chain) -> Chain | None:
    return chain[chain.index("env") + 1 :] if "env" in chain else None


def _is_env(named: Named) -> bool:
    """Tell whether ``named`` is an environment: of the process, the module, or a parameter."""
    target = resolved(named)
    if isinstance(target, Parameter):
        return target.chain[-1:] == ("env",)
    if not isinstance(target, Free):
        return False
    name, chain = target.name, target.chain
    if name in GLOBAL_OBJECTS and chain:
        name, chain = chain[0], chain[1:]
    return chain == ("env",) and name in ("process", "import.meta")


def _is_told(key: EnvKey, region: Region) -> bool:
    """Tell whether the name is a parameter of the region's own function: its calls say which."""
    if key.key is None:
        return False
    target = resolved(key.key)
    return isinstance(target, Parameter) and target.function == region.node.start_byte


def _places(names: Names, region: Region) -> set[Place]:
    """Return the parameters that tell a function which variable to read."""
    found: set[Place] = set()
    for key in names.facts(region).env_keys:
        if key.key is not None and _is_env(key.base) and _is_told(key, region):
            target = resolved(key.key)
            assert isinstance(target, Parameter)
            found.add((target.index, target.chain))
    return found


def _constant(names: Names, region: Region, key: EnvKey) -> str | None:
    """Return the text of a name that is a constant of the bundle."""
    if key.key is None:
        return None
    target = resolved(key.key)
    value: Node | None = None
    if isinstance(target, Local):
        value = target.value
    elif isinstance(target, Free) and not target.chain:
        found = names.defining(region.scope, target.name)
        value = None if found is None else found.node
    return None if value is None else literal_text(value, names.text)


def _told_by_calls(names: Names, region: Region, facts: Facts) -> set[int]:
    """Note the names that calls pass to readers; return where an environment was passed on."""
    handed_on: set[int] = set()
    readers: dict[str, tuple[set[Place], Region] | None] = {}
    for call in facts.calls:
        target = call.target
        if target.chain or call.arguments is None:
            continue
        if target.name not in readers:
            readers[target.name] = _reader(names, region, target.name)
        found = readers[target.name]
        if found is None:
            continue
        places, defined = found
        for place in places:
            _tell(names, region, call, place)
        handed_on |= _hand_on(names, region, call, defined)
    for name, mentions in facts.free.items():
        if name not in readers and any(m.role is Role.VALUE and not m.chain for m in mentions):
            readers[name] = _reader(names, region, name)
    _readers_handed_on(facts, readers, region)
    return handed_on


def _reader(names: Names, region: Region, name: str) -> tuple[set[Place], Region] | None:
    """Return the function that ``name`` is, with the parameters that name variables to read."""
    defined = names.defining(region.scope, name)
    if defined is None or defined.node.kind_id not in _CALLABLE:
        return None
    return _places(names, defined), defined


_CALLABLE = grammar.FUNCTIONS | {grammar.CLASS, grammar.CLASS_DECLARATION}


def _readers_handed_on(
    facts: Facts, readers: dict[str, tuple[set[Place], Region] | None], region: Region
) -> None:
    for name, found in readers.items():
        if found is not None and found[0]:
            for mention in facts.free.get(name, ()):
                if mention.role is Role.VALUE and not mention.chain:
                    region.finds.gap(ENV, mention.at)


def _tell(names: Names, region: Region, call: Call, place: Place) -> None:
    index, path = place
    given = call.arguments.named_children if call.arguments is not None else []
    if index >= len(given):
        return
    value: Node | None = given[index]
    for key in path:
        value = None if value is None else _property(value, key, names.text)
    text = None if value is None else literal_text(value, names.text)
    if text is not None:
        region.finds.env.add(text)
    else:
        region.finds.gap(ENV, call.at)


def _property(node: Node, key: str, text: str) -> Node | None:
    if node.kind_id != grammar.OBJECT:
        return None
    for pair in node.named_children:
        if pair.kind_id == grammar.PAIR:
            name = pair.named_children[0]
            if text[name.start_byte : name.end_byte] == key:
                return pair.named_children[-1]
    return None


def _hand_on(names: Names, region: Region, call: Call, defined: Region) -> set[int]:
    """Note what a function reads from an environment passed to it; return where it is."""
    found: set[int] = set()
    given = call.arguments.named_children if call.arguments is not None else []
    for index, argument in enumerate(given):
        plain = plain_name(argument, names.text)
        if plain is None or not _is_env(Named(plain[0], call.scope, plain[1])):
            continue
        found.add(argument.start_byte)
        for parameter, _ in names.facts(defined).parameters:
            if parameter.index == index and parameter.chain and _NAME.match(parameter.chain[0]):
                region.finds.env.add(parameter.chain[0])
    return found
