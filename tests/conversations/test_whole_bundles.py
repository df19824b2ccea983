"""Bundles that hold their frameworks run as those that import them: the real code, in the sandbox.

Mastra is not among them: whole, it needs far more memory and time to load than the other two.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conversations.both import HERE, judge, project
from tests.conversations.cases import CHAT_CASES, Verdict, module_name
from tests.conversations.neutral import Form
from tests.conversations.test_conversations import expected_of, heard_of
from tests.frameworks.build import Build, bundle

FRAMEWORKS = ("ai_sdk", "openai_agents")
SAMPLE = 6  # every sixth case


def test_models_hear_the_same_from_whole_bundles(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """A sample of the AI SDK's agents; with ``--soak`` all of both frameworks."""
    is_whole = bool(pytestconfig.getoption("--soak"))
    names = FRAMEWORKS if is_whole else FRAMEWORKS[:1]
    equal = [case for case in CHAT_CASES if case.verdict is Verdict.EQUAL and not case.gap]
    cases = [case for case in equal if case.framework in names][:: 1 if is_whole else SAMPLE]
    folder = project(tmp_path)
    bundles = {
        module_name(name, Form.CHAT): bundle(Build(name, "zod4"), folder, HERE / "agents")
        for name in names
    }
    judged = asyncio.run(judge(folder, cases, bundles))
    for case in cases:
        assert heard_of(judged, case) == expected_of(judged, case), case
        assert judged.by_caisson[str(case)].result == judged.by_framework[str(case)].result, case
