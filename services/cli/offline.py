"""The offline model of ``caisson run --offline``: llmock, which needs no key and no network.

It speaks OpenAI's HTTP API on loopback, calls the tool that fits the message with inputs made up
from the tool's schema, and then answers. The wheel does not install it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.cli.errors import UsageError

# An alias, so that no key and no address of a real provider is used.
MODEL = "caisson-offline"
REMARK = "offline: llmock makes up tool inputs and answers"
MISSING = (
    "--offline needs llmock, an offline model, which is not installed.",
    ("Install it: pip install llmock",),
)


@contextmanager
def offline_model() -> Iterator[Mapping[str, str]]:
    """Run llmock on loopback, and yield settings that make it the executor's model ``MODEL``.

    Raises:
        UsageError: llmock is not installed.
    """
    try:
        from llmock.testing import LLMockServer
    except ModuleNotFoundError:
        raise UsageError(*MISSING) from None
    with LLMockServer() as server:
        alias = {"model": "openai/offline", "base_url": server.base_url("openai")}
        yield {
            "CAISSON_EXECUTOR_MODEL_ALIASES": json.dumps({MODEL: alias}),
            "CAISSON_EXECUTOR_MODEL_FALLBACKS": "",
            "CAISSON_EXECUTOR_DEFAULT_MODEL": "",
        }
