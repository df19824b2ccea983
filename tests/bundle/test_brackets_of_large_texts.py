"""Texts made to be slow to split by their brackets: each ends soon, as a result or an error."""

from __future__ import annotations

from contextlib import suppress

import pytest

from services.executor.bundle.index.bodies import BracketsError, large_bodies

CHARACTERS = 400_000
PARTS = [
    "(", "{", "`${", "/ ", "}   ", "\n", "; ", "//)\n{''}\n", "//}\n/''/;\n", "/*" * 50 + "*/{''}",
    "f()" + "\n" * 4000 + "''", "=/[aaaa", "'\\'", "`a${`b`}`;", "a" * 190 + "/b/",
    "(()=>{" + "x;" * 4096 + "''})();",
]  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_text_of_one_part_repeated_ends(part: str) -> None:
    """A scan whose time grows with the square of the length would take hours."""
    with suppress(BracketsError):
        assert large_bodies(part * (CHARACTERS // len(part)))
