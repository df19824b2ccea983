"""Node's modules give in the sandbox what they give in Node."""

from __future__ import annotations

import pytest

from tests.guest.conftest import sandbox
from tests.guest.sandboxed import Sandbox
from tests.node.cases import NAMES, Outcomes, guest_outcomes, node_outcomes

__all__ = ["sandbox"]


@pytest.fixture(scope="module")
def judged() -> dict[str, Outcomes]:
    """Return what Node gives for every case of every file."""
    return node_outcomes()


@pytest.mark.parametrize("name", NAMES)
def test_modules_give_what_node_gives(
    sandbox: Sandbox, judged: dict[str, Outcomes], name: str
) -> None:
    assert guest_outcomes(sandbox, name) == judged[name]
