"""Numbers are written as Node writes them, above all those next to which numbers lie unevenly."""

from __future__ import annotations

from services.toolrunner.domain import MIB, Limits
from tests.engine.odd import node_json
from tests.guest.sandboxed import Sandbox
from tests.repeats import soaking

LIMITS = Limits(fuel=10**12, timeout_s=120, output_bytes=64 * MIB, memory_bytes=400 * MIB)
# Every power of two with its neighbours, and numbers of random bits.
TEXTS = """
const texts = (count) => {
  const found = [], number = new Float64Array(1), bits = new Uint32Array(number.buffer);
  let seed = 14;
  const next = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0);
  for (let e = -1074; e < 1024; e++) {
    found.push(`${2 ** e}`, `${2 ** e * (1 + 2 ** -52)}`, `${2 ** e * (2 - 2 ** -52)}`);
  }
  for (let i = 0; i < count; i++) {
    bits[0] = next();
    bits[1] = next();
    const small = (next() - 2 ** 31) / 1000;
    found.push(`${number[0]}`, `${small}`, small.toFixed(next() % 21));
    found.push(number[0].toPrecision(1 + next() % 100), number[0].toExponential(next() % 101));
  }
  return found;
};
"""
TOOL = "exports.agents = {main: {tools: {t: {execute: ({count}) => texts(count)}}}};"


def test_numbers_are_written_as_node_writes_them(sandbox: Sandbox) -> None:
    count = 50_000 if soaking() else 2000
    loaded = sandbox.load(TEXTS + TOOL, module=False)
    found = loaded.call("t", {"count": count}, limits=LIMITS).value
    node = node_json(TEXTS, f"texts({count})")
    assert isinstance(node, list)
    assert isinstance(found, list)
    assert [pair for pair in zip(node, found, strict=True) if pair[0] != pair[1]] == []
