"""Files, make targets, commands, options, variables and tests that documents name exist."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import click
import pytest

from services.cli.command import caisson
from services.cli.settings_help import settings_of
from services.executor import settings as executor
from services.front.secret_files import secret_files
from services.toolrunner import settings as toolrunner

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def without_history(document: Path) -> str:
    """Return a document's text; a changelog names what is gone."""
    return "" if document.name == "CHANGELOG.md" else document.read_text(encoding="utf-8")


@EACH
def test_links_resolve(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", without_history(document))
    lost = [each for each in targets if "://" not in each and not (document.parent / each).exists()]
    assert not lost


@EACH
def test_named_tests_exist(document: Path) -> None:
    rooms = [
        path for path in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in str(path)
    ]
    names = {path.name for path in rooms}
    named = set(re.findall(r"\btest_\w+\.py", without_history(document)))
    assert named <= names


@EACH
def test_named_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", without_history(document), re.M))
    assert named <= targets


@EACH
def test_named_commands_and_options_exist(document: Path) -> None:
    lines = without_history(document).replace("\\\n", " ").splitlines()
    for line in lines:
        for name, rest in re.findall(r"(?:^|/|\$ |`)caisson ([a-z]+)\b([^`#]*)", line):
            command = caisson.get_command(click.Context(caisson), name)
            assert command is not None, line
            known = {option for each in options_of(command) for option in each.opts}
            assert set(re.findall(r"(?<!\S)(--[a-z-]+)", rest)) <= {*known, "--help"}, line


def options_of(command: click.Command) -> list[click.Parameter]:
    """Return the options of a command and of those below it."""
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return [*command.params, *(option for each in below for option in options_of(each))]


@EACH
def test_named_variables_exist(document: Path) -> None:
    both = ((executor.Settings, executor.PREFIX), (toolrunner.Settings, toolrunner.PREFIX))
    known = {each.variable for kind, prefix in both for each in settings_of(kind, prefix)}
    for kind, prefix in both:
        known |= set(secret_files({prefix + each.name.upper(): each for each in fields(kind)}))
    named = set(
        re.findall(r"CAISSON_(?:EXECUTOR|TOOLRUNNER)_[A-Z_]*[A-Z]", without_history(document))
    )
    assert named <= known


def test_readme_is_at_most_300_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 300
