"""A line of a bundle is shown so that it fits, with its mark, and with nothing invisible in it."""

from __future__ import annotations

import pytest

from services.executor.bundle.syntax.excerpts import columns_of, excerpt_of, line_of


def test_short_line_is_shown_whole() -> None:
    found = excerpt_of("  const a = b;", 13, 40)
    assert (found.text, found.mark) == ("  const a = b;", 12)


@pytest.mark.parametrize("column", [1, 2, 39, 40, 41, 350_000, 699_999, 700_000, 700_001, 900_000])
@pytest.mark.parametrize("width", [20, 60, 116])
def test_line_of_700_kb_is_cut_around_the_column(column: int, width: int) -> None:
    line = "".join(chr(97 + index % 26) for index in range(700_000))
    found = excerpt_of(line, column, width)
    assert width - 2 <= len(found.text) <= width
    assert 0 <= found.mark <= width
    if column <= len(line):
        assert found.text[found.mark] == line[column - 1]
    assert found.text.startswith("…") is (found.text[0] != line[0])
    assert found.text.endswith("…") is (found.text[-1] != line[-1])


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\x1b", "<U+001B>"),
        ("\x00", "<U+0000>"),
        ("\x9b", "<U+009B>"),
        ("\u202e", "<U+202E>"),
        ("\u2066", "<U+2066>"),
        ("\u200b", "<U+200B>"),
        ("\ufeff", "<U+FEFF>"),
        ("\ue000", "<U+E000>"),
        ("\r", "<U+000D>"),
        ("\t", " "),
    ],
)
def test_invisible_characters_are_named(hidden: str, shown: str) -> None:
    found = excerpt_of(f"a{hidden}b = c", 3, 60)
    assert found.text == f"a{shown}b = c"
    assert found.text[found.mark] == "b"


def test_wide_characters_take_two_columns() -> None:
    found = excerpt_of("日本語 = x;", 7, 60)
    assert found.text == "日本語 = x;"
    assert found.mark == 9
    cut = excerpt_of("日" * 1000, 500, 40)
    assert columns_of(cut.text) <= 40
    assert columns_of(cut.text[: cut.text.index("日")]) <= cut.mark < 40


def test_escaped_characters_keep_the_column_visible() -> None:
    for column in (1, 100, 500, 1000):
        found = excerpt_of("\u202e" * 1000, column, 40)
        assert columns_of(found.text) <= 40
        assert found.text[found.mark :].startswith("<U+202E>")


def test_lines_follow_javascript() -> None:
    text = "one\r\ntwo\rthree\u2028four\n"
    assert [line_of(text, line) for line in range(1, 7)] == [
        "one",
        "two",
        "three",
        "four",
        "",
        None,
    ]
