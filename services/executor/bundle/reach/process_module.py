"""The module `node:process` loaded in an expression: its environment is the global's."""

from __future__ import annotations

import re

from services.executor.bundle.reach import grammar
from services.executor.bundle.reach.facts import ANY, Chain
from services.executor.bundle.reach.finds import ENV, Finds
from services.executor.bundle.reach.regions import Node

MAX_TEXT = 200
MAX_STEPS = 20
_LOADED = re.compile(
    r"(?:await\b|[\w$.]+(?=\()|\(|\s)*(?:\(import\.meta\.url\)\()?[\"'](?:node:)?process[\"']"
    r"\s*\)(?:\s*,\s*1\s*)?\)*((?:\??\.(?:default|env))*)"
)


def process_member(value: Node, text: str) -> Chain | None:
    """Return which member of `node:process` a value is; None if it is not of that module."""
    if value.end_byte - value.start_byte > MAX_TEXT:
        return None
    found = _LOADED.fullmatch(text[value.start_byte : value.end_byte])
    if found is None:
        return None
    return tuple(key for key in re.split(r"\??\.", found[1]) if key)


def judge_in_place(argument: Node | None, finds: Finds, text: str) -> None:
    """Note what is read of the environment where ``argument`` names the module to load."""
    arguments = None if argument is None else argument.parent
    node = None if arguments is None else arguments.parent
    chain: list[str] = []
    for _ in range(MAX_STEPS):
        parent = None if node is None else node.parent
        if node is None or parent is None:
            return
        if parent.kind_id == grammar.MEMBER:
            last = parent.named_children[-1]
            chain.append(text[last.start_byte : last.end_byte])
        elif parent.kind_id == grammar.SUBSCRIPT:
            key = parent.named_children[-1]
            is_text = key.kind_id == grammar.STRING
            chain.append(text[key.start_byte + 1 : key.end_byte - 1] if is_text else ANY)
        elif parent.kind_id not in (grammar.PARENTHESES, grammar.AWAIT):
            break
        node = parent
    members = chain[chain[:1] == ["default"] :]
    is_named = parent is not None and parent.kind_id == grammar.DECLARATOR
    if members[:1] != ["env"] or (is_named and len(members) == 1) or node is None:
        return
    if len(members) > 1 and members[1] != ANY:
        finds.env.add(members[1])
    else:
        finds.gap(ENV, node.start_byte)
