"""One stand-in, one adapter and one event loop for the tests of a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from services.executor.settings import keep_litellm_quiet
from tests.providers.asking import Asking, asking
from tests.providers.stand_in import stand_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ask() -> AsyncIterator[Asking]:
    keep_litellm_quiet()
    async with stand_in() as server:
        made = asking(server)
        yield made
        await made.model.close()
