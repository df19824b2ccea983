"""Every setting that a framework has is in its table: a new name in a new release fails this.

The names are those of the frameworks' own declarations, expanded by TypeScript: of the releases
that the matrix bundles, and of the AI SDK's release before those.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from services.executor.bundle.frameworks.registry import FRAMEWORKS
from services.executor.bundle.frameworks.setting_table import Level
from tests.matrix.projects import Projects
from tests.npm import emptied, installed, node

HERE = Path(__file__).parent
DECLARATIONS = HERE.parents[1] / "examples/weather/lightfast.d.ts"
TIMEOUT_S = 240
# What a release's types are asked of, and the releases of each.
OWN, OLDER, NEWER = "own", "zod3", "zod4"
ASKED = {
    OWN: ("ai_sdk", "lightfast"),
    OLDER: ("ai_sdk", "mastra", "openai_agents"),
    NEWER: ("ai_sdk", "mastra", "openai_agents"),
}
LEVELS = {level.name.lower(): level for level in Level}

Names = dict[str, dict[str, list[str]]]


def names_in(folder: Path, frameworks: Sequence[str]) -> Names:
    """Return the names by framework and level, of the packages in a folder."""
    work = emptied(folder.parent / f"names-{folder.name}")
    shutil.copy(HERE / "names.mjs", work)
    (work / "node_modules").symlink_to(installed(HERE, "setting_names") / "node_modules")
    files = [str(HERE / "types" / f"{name}.ts") for name in frameworks]
    command = [node(), str(work / "names.mjs"), str(folder), str(DECLARATIONS), *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert done.returncode == 0, done.stderr
    found: Names = json.loads(done.stdout)
    return found


@cache
def names_of(packages: str) -> Names:
    """Return the names of one release of each framework."""
    folder = installed(HERE, "setting_names") if packages == OWN else Projects().packages(packages)
    return names_in(folder, ASKED[packages])


def missing(framework: str, level: str, found: Sequence[str]) -> list[str]:
    (table,) = (each.settings for each in FRAMEWORKS if each.name.replace("-", "_") == framework)
    known = dict(table.levels()).get(LEVELS[level], {})
    return [name for name in found if name not in known]


@pytest.mark.parametrize("packages", ASKED)
def test_every_setting_of_every_release_is_in_the_table(packages: str) -> None:
    for framework, levels in names_of(packages).items():
        assert levels.keys() >= {"agent", "tool"}
        for level in levels.keys() & LEVELS.keys():
            assert len(levels[level]) >= 4, (framework, level)
            assert missing(framework, level, levels[level]) == [], (framework, level)


def test_setting_of_a_release_of_tomorrow_is_missed() -> None:
    tomorrow = names_of(OWN)["lightfast"]["tomorrow"]
    assert missing("lightfast", "agent", tomorrow) == ["settingOfTomorrow"]
