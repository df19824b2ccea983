"""``Date.parse`` reads every text as Node does."""

from __future__ import annotations

import json

from tests.engine.date_texts import texts
from tests.engine.odd import node_json
from tests.guest.sandboxed import Sandbox, run_body
from tests.repeats import soaking

PARSED = "texts.map((text) => [Date.parse(text), +new Date(text)].map(String).join())"


def test_date_texts_match_node(sandbox: Sandbox) -> None:
    every = texts(100_000 if soaking() else 6000)
    node = node_json(f"const texts = {json.dumps(every)};", PARSED)
    ran = run_body(sandbox, f"const {{texts}} = input; return {PARSED};", {"texts": every})
    assert ran.outcome.failure is None, ran.outcome.failure
    found = ran.value
    assert isinstance(node, list)
    assert isinstance(found, list)
    different = [
        (text, one, other)
        for text, one, other in zip(every, node, found, strict=True)
        if one != other
    ]
    assert different == []
    assert sum(one != "NaN,NaN" for one in node) > len(every) // 4
