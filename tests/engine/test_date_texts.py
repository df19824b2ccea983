"""``Date.parse`` reads every text as Node does."""

from __future__ import annotations

import json

from tests.engine.date_texts import texts
from tests.engine.odd import node_json
from tests.guest.sandboxed import Sandbox, run_body
from tests.repeats import soaking

AT_ONCE = 20_000  # what one result holds
PARSED = "texts.map((text) => [Date.parse(text), +new Date(text)].map(String).join())"


def parsed(sandbox: Sandbox, every: list[str]) -> list[object]:
    """Return what the sandbox makes of each text."""
    found: list[object] = []
    for begin in range(0, len(every), AT_ONCE):
        given = {"texts": every[begin : begin + AT_ONCE]}
        part = run_body(sandbox, f"const {{texts}} = input; return {PARSED};", given).value
        assert isinstance(part, list)
        found += part
    return found


def test_date_texts_match_node(sandbox: Sandbox) -> None:
    every = texts(100_000 if soaking() else 6000)
    node = node_json(f"const texts = {json.dumps(every)};", PARSED)
    assert isinstance(node, list)
    found = parsed(sandbox, every)
    different = [
        (text, one, other)
        for text, one, other in zip(every, node, found, strict=True)
        if one != other
    ]
    assert different == []
    assert sum(one != "NaN,NaN" for one in node) > len(every) // 4
