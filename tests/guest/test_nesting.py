"""How deep calls nest: 8,000 calls of every kind, and a RangeError that a tool can catch beyond."""

from __future__ import annotations

import pytest

from tests.guest.nesting import CALLS, VALUES
from tests.guest.sandboxed import Loaded, Sandbox
from tests.repeats import sampled

DEPTH = 8_000
TOO_DEEP = 150_000
SWALLOWED = {
    "sync promise executor": "the engine rejects the promise with what an executor throws",
    "dispatchEvent": "an error of a listener is not the dispatcher's",
}
SHALLOWER = {"emit": 7_000}  # four calls of JavaScript for each level; Node reaches 2,000

MEASURE = """
import {createRequire} from "module";
const require = createRequire(import.meta.url);
const measure = async ({code, depth}) => {
  const f = new Function("require", "N", `${code}; return f;`)(require, depth);
  try { return await f(depth); } catch (error) { return error.name; }
};
export const agents = {main: {tools: {measure: {execute: measure}}}};
"""


@pytest.fixture(scope="module")
def measuring(sandbox: Sandbox) -> Loaded:
    return sandbox.load(MEASURE)


@sampled(4)
@pytest.mark.parametrize("kind", [*CALLS, *VALUES])
def test_calls_nest_deep(measuring: Loaded, kind: str) -> None:
    depth = SHALLOWER.get(kind, DEPTH)
    code = (CALLS | VALUES)[kind]
    assert measuring.call("measure", {"code": code, "depth": depth}).value == depth


@sampled(4)
@pytest.mark.parametrize("kind", sorted(CALLS.keys() - SWALLOWED.keys() - {"async after await"}))
def test_calls_that_nest_too_deep_throw_a_range_error(measuring: Loaded, kind: str) -> None:
    asked = {"code": CALLS[kind], "depth": TOO_DEEP}
    assert measuring.call("measure", asked).value == "RangeError"


def test_chain_of_iterators_that_is_too_long_throws_a_range_error(measuring: Loaded) -> None:
    asked = {"code": VALUES["Iterator chain"], "depth": TOO_DEEP}
    assert measuring.call("measure", asked).value == "RangeError"
