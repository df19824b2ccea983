"""Every command and snippet of every document works as written."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from llmock.testing import LLMockServer

from examples.weather.build import build
from tests.documents.reading import Step, steps
from tests.documents.running import ROOT, TIMEOUT_S, checkout_in, run
from tests.npm import alone, installed
from tests.repeats import sampled

DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "examples/*/README.md", "caisson/README.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
EACH = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix()
)
# What no test can run, by how it begins, and why.
NOT_RUN = {
    r"make (?:check|test|coverage|bench|soak|simulation|matrix)\b": "takes minutes; CI runs it",
    r"make (?:images|audit)\b": "needs a builder or the network; tests/deploy",
    r"(?:docker|kubectl) ": "needs a server; tests/deploy reads what they are given",
    r"const \{ messages, sendMessage, stop \} = useChat": "part of a page; tests/ui_stream",
}
# The status of what is shown because it fails.
FAILS = {
    "caisson replay fixed.js call.json": 1,
    "caisson runs replay $RUN --program fixed.js": 1,
}
# Packages of npm that documents use, as tests pin them.
PACKAGES = {
    "real_bundles": ROOT / "tests/real_bundles",
    "node_client": ROOT / "tests/e2e/node_client",
}
# Bundles that documents name and that are the reader's own, and their source.
BUNDLES = ("bundle.js", "agent.js")
# The same after a change of what its tool returns, under the name that documents give it.
FIXED = "fixed.js"
CHANGE = ("Math.round(temperature * 10) / 10", "Math.round(temperature)")
SOURCE = Path(__file__).with_name("agent.ts")


def reason(step: Step) -> str | None:
    """Return why a step cannot be run, or None."""
    return next((why for begin, why in NOT_RUN.items() if re.match(begin, step.text)), None)


@pytest.fixture(scope="module")
def model() -> Iterator[dict[str, str]]:
    """Keys and addresses of an offline model, for each provider that documents name."""
    with LLMockServer() as server:
        yield {
            "OPENAI_API_KEY": "offline-key",
            "OPENAI_BASE_URL": server.base_url("openai"),
            "ANTHROPIC_API_KEY": "offline",
            "ANTHROPIC_BASE_URL": server.base_url("anthropic"),
            "EXA_API_KEY": "not-a-real-key",
            "TOKEN": "not-a-real-token",
        }


@pytest.fixture(scope="module")
def set_up() -> None:
    """Bring the checkout's set-up up to date: a document's `make setup` must find nothing to do."""
    with alone("setup"):
        subprocess.run(["make", "--silent", "setup"], cwd=ROOT, timeout=TIMEOUT_S, check=True)


@pytest.fixture
def checkout(tmp_path: Path, set_up: None) -> Path:
    """A folder like a checkout, with the reader's own bundles and packages."""
    with alone("weather"):
        bundle = build()
    checkout_in(tmp_path)
    for name in BUNDLES:
        shutil.copy(bundle, tmp_path / name)
    source = bundle.read_text(encoding="utf-8")
    assert CHANGE[0] in source
    (tmp_path / FIXED).write_text(source.replace(*CHANGE), encoding="utf-8")
    (tmp_path / "src").mkdir()
    shutil.copy(SOURCE, tmp_path / "src")
    for name, manifests in PACKAGES.items():
        link_packages(installed(ROOT / manifests, name) / "node_modules", tmp_path / "node_modules")
    return tmp_path


def link_packages(source: Path, target: Path) -> None:
    """Link each package of a folder into another; those of a scope lie in its folder."""
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.name.startswith("@") or entry.name == ".bin":
            link_packages(entry, target / entry.name)
        elif not (target / entry.name).exists():
            (target / entry.name).symlink_to(entry)


@sampled(3)
@EACH
# Of the commands alone: what they find set up has limits of its own, and may wait for others to
# install the same, which counted as the first document's time.
@pytest.mark.timeout(TIMEOUT_S + 60, func_only=True)
def test_every_command_works(document: Path, checkout: Path, model: dict[str, str]) -> None:
    wanted = [step for step in steps(document) if reason(step) is None]
    failed = [
        str(outcome)
        for outcome in run(wanted, checkout, model)
        if outcome.status != FAILS.get(outcome.step.text, 0)
    ]
    assert not failed, "\n\n".join(failed)


def test_every_skipped_command_is_in_a_document() -> None:
    texts = [step.text for document in DOCUMENTS for step in steps(document)]
    unused = [
        begin
        for begin in [*NOT_RUN, *map(re.escape, FAILS)]
        if not any(re.match(begin, text) for text in texts)
    ]
    assert not unused
