"""What comes from outside cannot command the terminal, and stays readable."""

from __future__ import annotations

import inspect
import io

import pytest

from services.cli.schema_summary import summary
from services.cli.settings_help import attribute_meanings
from services.cli.terminal import Terminal, clean, shortened


@pytest.mark.parametrize("code", ["\x1b[2J", "\x07", "\x9b31m", "\r", "\x08", "\u202e", "\x7f"])
def test_control_characters_are_replaced(code: str) -> None:
    assert code[0] not in clean(f"a{code}b")
    assert clean(f"a{code}b").startswith("a\N{REPLACEMENT CHARACTER}")


def test_ordinary_text_stays() -> None:
    text = "Größe: 3 μm\n\t日本語 🙂"
    assert clean(text) == text


def test_long_text_is_cut_to_one_line() -> None:
    assert shortened("a\n b   c", 10) == "a b c"
    assert shortened("x" * 20, 10) == "x" * 9 + "…"


def test_streamed_pieces_end_with_a_line() -> None:
    out = io.StringIO()
    with Terminal(out, io.StringIO()) as terminal:
        terminal.piece("one ")
        terminal.piece("two")
        terminal.line("three")
        terminal.piece("[bold]four[/bold]")
    assert out.getvalue() == "one two\nthree\n[bold]four[/bold]\n"


def test_no_spinner_without_a_terminal() -> None:
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
def test_schemas_in_brief(schema: bool | dict[str, object], said: str) -> None:
    assert summary(schema) == said  # type: ignore[arg-type]  # Json is recursive, object is not


def test_a_schema_without_end_is_cut() -> None:
    deep: dict[str, object] = {"type": "string"}
    for _ in range(50):
        deep = {"type": "array", "items": deep}
    assert "…" in summary(deep)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize("indented", [True, False], ids=["before 3.13", "since 3.13"])
def test_settings_are_told_by_their_docstring(indented: bool) -> None:
    doc = """Title.

    Attributes:
        one: first
            and more.
        two: second.
    """
    doc = doc if indented else inspect.cleandoc(doc)
    assert attribute_meanings(doc) == {"one": "first and more.", "two": "second."}
