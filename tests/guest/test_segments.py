"""Segmenting costs time linear in the text: nothing makes it look far ahead repeatedly."""

from __future__ import annotations

import pytest

from tests.guest.sandboxed import Sandbox

LENGTH = 2000
# Texts whose next boundary depends on what follows, as JavaScript with a count `n`.
HOSTILE = {
    "marks": "'a' + '\\u0300'.repeat(n)",
    "joiners": "'\\u200d'.repeat(n)",
    "stops": "'a. '.repeat(n / 3)",
    "stops before numbers": "'a.' + ' 1'.repeat(n / 2)",
    "stops before marks": "'a.' + ' (1 . '.repeat(n / 6)",
    "quotes": "'\\u05d0\"'.repeat(n / 2)",
    "apostrophes": '"a\'".repeat(n / 2)',
    "flags": "'\\u{1f1e6}'.repeat(n / 2)",
    "spaces": "' '.repeat(n)",
    "Han": "'\\u6f22'.repeat(n)",
    "Han and Katakana with marks": "'\\u6f22\\u30a2\\u0300\\u0300'.repeat(n / 4)",
    "Katakana and underscores": "'\\u30a2____'.repeat(n / 5)",
    "Thai": "'\\u0e01'.repeat(n)",
}
SOURCE = """
export const agents = {main: {tools: {t: {execute: ({granularity, n, kind}) => {
  const text = {%s}[kind](n);
  const segments = new Intl.Segmenter("en", {granularity}).segment(text);
  let count = 0;
  for (const {segment} of segments) count += segment.length;
  segments.containing(text.length - 1);
  return count === text.length;
}}}}};
"""


@pytest.mark.parametrize("granularity", ["grapheme", "word", "sentence"])
def test_cost_is_linear_in_the_text(sandbox: Sandbox, granularity: str) -> None:
    made = ", ".join(f'"{kind}": (n) => {text}' for kind, text in HOSTILE.items())
    program = sandbox.load(SOURCE % made)

    def fuel(kind: str, n: int) -> int:
        ran = program.call("t", {"granularity": granularity, "n": n, "kind": kind})
        assert ran.value is True
        return ran.outcome.usage.fuel

    for kind in HOSTILE:
        none, one, four = (fuel(kind, n) for n in (0, LENGTH, 4 * LENGTH))
        assert four - none < 5 * (one - none), kind
