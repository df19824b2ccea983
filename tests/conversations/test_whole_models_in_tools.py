"""Tools that ask models by the frameworks' own code, bundled in: through ``fetch``.

The key is brokered, and the capability ``model`` is not granted.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.conversations.both import HERE, judge, project
from tests.conversations.cases import module_name
from tests.conversations.neutral import Form
from tests.conversations.normal_form import normal
from tests.conversations.test_models_in_tools import CASES
from tests.frameworks.build import Build, bundle

# A bundled SDK asks a model that is only named through Vercel's gateway.
BY_NAME = "embeddingByName"

SAMPLE = 4  # every fourth case; all of them with --soak
# Whole, Mastra takes minutes to be read and loaded: with --soak alone.
MASTRA = {"prefer_slices": True, "parse_timeout_s": 300.0}


@pytest.mark.parametrize("framework", ["ai_sdk", "openai_agents", "mastra"])
def test_real_packages_ask_through_fetch_what_they_ask_in_node(
    framework: str, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    is_mastra, is_soaking = framework == "mastra", bool(pytestconfig.getoption("--soak"))
    if is_mastra and not is_soaking:
        pytest.skip("it takes minutes; run it with --soak")
    step = 1 if is_soaking and not is_mastra else SAMPLE
    own = [case for case in CASES if case.framework == framework and case.agent != BY_NAME]
    cases = own[::step]
    folder = project(tmp_path, HERE / "inner")
    made = bundle(Build(framework, "zod4", minify=is_mastra), folder, HERE / "inner")
    bundles = {module_name(framework, Form.CHAT): made}
    more = MASTRA if is_mastra else {}
    judged = asyncio.run(judge(folder, cases, bundles, reach=True, tool_models="never", **more))
    for case in cases:
        expected, found = judged.by_framework[str(case)], judged.by_caisson[str(case)]
        assert expected.result == found.result == {"answer": "Done."}, case
        assert [normal(each, case.form) for each in found.queries] == [
            normal(each, case.form) for each in expected.queries
        ], case
