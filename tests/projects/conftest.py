"""The forms in which the projects are bundled."""

from __future__ import annotations

import pytest

from tests.projects.bundles import FORMS, TURNS


@pytest.fixture(scope="module", params=[TURNS, *FORMS])
def form(request: pytest.FixtureRequest) -> str:
    """Return one of the forms, each with all projects in a soak; else some projects by turns."""
    if (request.param == TURNS) is request.config.getoption("--soak"):
        pytest.skip("the forms are compared one by one in make soak")
    form: str = request.param
    return form
