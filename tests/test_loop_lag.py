"""Nothing that an outsider sends holds up an event loop: each input with its worst case.

The aim is 5 ms, for which the bench has the figures. Here processor time counts, since others
compute on the machine of a test, and the bound is far wider; before the work was taken apart, most
of these took 100 ms to 10 s.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from services.executor.bundle.syntax.unwrap import find_wrapper
from tests.loop_lag import LoopLag
from tests.worst_inputs import WORST, Worst

BOUND_S = 0.1
ATTEMPTS = 3


@pytest.fixture(autouse=True)
def frozen_heap() -> Iterator[None]:
    """Keep the collector from the objects of the test run, as a service does for LiteLLM's."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("worst", WORST, ids=str)
async def test_event_loop_stays_responsive(worst: Worst) -> None:
    prepared = worst.prepare()
    seen = []
    for _ in range(ATTEMPTS):  # what others on the machine hold up is not held up each time
        async with LoopLag() as lag:
            await worst.work(prepared)
        seen.append(lag)
        if lag.worst_cpu_s < BOUND_S:
            return
    pytest.fail(f"{worst.name}: {seen}")


def test_comment_header_is_scanned_once() -> None:
    """It took 37 s, and kept the interpreter's lock all the while."""
    header = "/*\n" * 20_000
    wrapper = 'const compiledConfig = (() => {\nimport "x"\n})();\nexport default {}\n'
    assert find_wrapper(header + wrapper) is None
    assert find_wrapper("/* a */\n// b\n'use strict';\n" + wrapper) is not None
