"""Built-ins check what they are given in Node's order, and take no number for another one.

Not asked: ``resize(-1)`` of a detached buffer, where V8 alone looks at the buffer before the range.
"""

from __future__ import annotations

from tests.engine.odd import node_json
from tests.guest.sandboxed import Sandbox

CHECKS = """
const buffer = (max = 8) => new ArrayBuffer(4, {maxByteLength: max});
const detached = () => { const made = buffer(); made.transfer(); return made; };
const number = {valueOf() { throw new EvalError(); }};
const WRAPPED = [Infinity, -Infinity, 2 ** 64, 2 ** 64 + 4, 2 ** 53];
const LENGTHS = [...WRAPPED, -1, -0.5, NaN, "5", 8.9, undefined, number];
const frozen = () => Object.freeze([1]);
const DOINGS = {
  resize: (length) => { const made = buffer(); made.resize(length); return made.byteLength; },
  transfer: (length) => buffer().transfer(length).byteLength,
  "transfer to a fixed length": (length) => buffer().transferToFixedLength(length).byteLength,
  "maximum of nothing": (length) => new ArrayBuffer(0, {maxByteLength: length}).maxByteLength,
  maximum: (length) => buffer(length).maxByteLength,
  offset: (length) => new Int16Array(buffer(), length).length,
  "offset in a detached buffer": (length) => new Int16Array(detached(), length).length,
  length: (length) => new Int16Array(buffer(), 2, length).length,
  "length beside a wrong offset": (length) => new Int16Array(buffer(), 6, length).length,
  "length beside an odd offset": (length) => new Int16Array(buffer(), 1, length).length,
  "length in a detached buffer": (length) => new Int16Array(detached(), 0, length).length,
  "view of a detached buffer": (length) => new DataView(detached(), length).byteLength,
  construct: (length) => Reflect.construct({}, {length}),
  "construct anew": (length) => Reflect.construct(Array, {length}, {}),
  apply: (length) => Reflect.apply({}, null, {length}),
  "length of a frozen array": (length) => Object.assign(frozen(), {length}),
  "defined length": (length) => Object.defineProperty(frozen(), "length", {value: length}).length,
  "length of a frozen array, set": (length) => Reflect.set(frozen(), "length", length),
};
const tried = (act, length) => {
  try { return `${act(length)}`; } catch (error) { return error.name; }
};
const checked = () => Object.entries(DOINGS).flatMap(([name, act]) =>
  LENGTHS.map((length, n) => `${name} ${n}: ${tried(act, length)}`));
"""
TOOL = "exports.agents = {main: {tools: {t: {execute: checked}}}};"


def test_checks_are_those_of_node(sandbox: Sandbox) -> None:
    found = sandbox.load(CHECKS + TOOL, module=False).call("t").value
    assert found == node_json(CHECKS, "checked()")
