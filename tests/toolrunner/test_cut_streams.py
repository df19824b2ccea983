"""A stream whose connection or server has gone ends without an internal error."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from services.front.cut import CUT_ERRORS
from services.toolrunner.outbox import Outbox, OutboxBudget
from services.toolrunner.service import read
from services.toolrunner.tenants import Tenant


class Lost:
    """Messages of a peer that is gone."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        raise self._error("gone")


@pytest.mark.parametrize("error", CUT_ERRORS)
async def test_lost_peer_is_no_internal_error(
    error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    outbox = Outbox(OutboxBudget(1024), Tenant("a", "a"), 1024, 1.0)
    unused = cast("Any", None)  # nothing was received
    with caplog.at_level("INFO"):
        await read(Lost(error), unused, outbox)
    assert [record.message for record in caplog.records] == ["the connection of a stream was cut"]
