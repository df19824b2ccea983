"""Untrusted text cannot control the terminal, and stays readable."""

from __future__ import annotations

import inspect
import io
import json
import sys
import unicodedata

import pytest

from services.cli.settings_help import attribute_meanings
from services.cli.show.outside_text import clean, json_line
from services.cli.show.schema_summary import summary
from services.cli.show.terminal import Terminal, shortened

# Signs that span digits or hieroglyphs: format characters that are seen.
SHAPED_FORMATS = {
    *map(chr, [*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]),
    *map(chr, range(0x13430, 0x13439)),
}
UNSEEN = [
    *("\x9b31m", "\x7f", "\u061c", "\u200b", "\u200d", "\u200e", "\u202e", "\u2028", "\u2029"),
    *("\u2060", "\u2066", "\ufeff", "\u00ad", "\u034f", "\u3164", "\U000e0041", "\U000e0101"),
]


@pytest.mark.parametrize("code", ["\x1b[2J", "\x07", "\r", "\x08", *UNSEEN])
def test_control_characters_are_replaced(code: str) -> None:
    assert code[0] not in clean(f"a{code}b")
    assert clean(f"a{code}b").startswith("a\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("code", ["\x1b[2J", "\n", *UNSEEN])
def test_json_escapes_invisible_characters(code: str) -> None:
    line = json_line({"a": f"<{code}>", code: 1})
    assert line.isprintable()
    assert code[0] not in line
    assert json.loads(line) == {"a": f"<{code}>", code: 1}


def test_every_format_character_is_replaced() -> None:
    """By Unicode's own classes, no format or control character passes."""
    for point in range(sys.maxunicode + 1):
        if (
            unicodedata.category(chr(point)) in {"Cc", "Cf", "Zl", "Zp"}
            and chr(point) not in "\n\t"
        ):
            if chr(point) in SHAPED_FORMATS:
                continue
            assert clean(chr(point)) == "\N{REPLACEMENT CHARACTER}", hex(point)


def test_ordinary_text_is_unchanged() -> None:
    text = "Größe: 3 μm\n\t日本語 🙂 ❤️"
    assert clean(text) == text
    assert json.loads(json_line(text)) == text
    assert "日本語 🙂 ❤️" in json_line(text)


def test_long_text_is_cut_to_one_line() -> None:
    assert shortened("a\n b   c", 10) == "a b c"
    assert shortened("x" * 20, 10) == "x" * 9 + "…"


def test_streamed_text_ends_with_a_newline() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        terminal.piece("one ")
        terminal.piece("two")
        terminal.line("three")
        terminal.piece("[bold]four[/bold]")
    assert out.getvalue() == "one two\nthree\n[bold]four[/bold]\n"


def test_spinner_needs_a_terminal() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        terminal.wait("something")
    assert not out.getvalue()


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "object", "properties": {}}, "{}"),
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}, "b": {"type": "integer", "default": 1}},
                "required": ["a"],
            },
            "{a: string, b?: integer = 1}",
        ),
        ({"type": "array", "items": {"enum": ["x", "y"]}}, '("x" | "y")[]'),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number | null"),
        (True, "anything"),
        ({"const": 3}, "3"),
    ],
)
def test_schema_is_summarised_in_one_line(schema: bool | dict[str, object], said: str) -> None:
    assert summary(schema) == said  # type: ignore[arg-type]  # Json is recursive, object is not


def test_deep_schema_summary_is_truncated() -> None:
    deep: dict[str, object] = {"type": "string"}
    for _ in range(50):
        deep = {"type": "array", "items": deep}
    assert "…" in summary(deep)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("indented", [True, False], ids=["before 3.13", "since 3.13"])
def test_settings_help_comes_from_docstrings(indented: bool) -> None:
    doc = """Title.

    Attributes:
        one: first
            and more.
        two: second.
    """
    doc = doc if indented else inspect.cleandoc(doc)
    assert attribute_meanings(doc) == {"one": "first and more.", "two": "second."}
