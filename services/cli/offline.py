"""The offline model of ``caisson run --offline``: llmock, which needs no key and no network.

It speaks OpenAI's HTTP on loopback, calls the tool that fits the message with inputs that it makes
up from the tool's schema, and then answers. A wheel does not bring it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.cli.errors import UsageError

# What the run asks for: an alias, so that no key and no address of a real provider is touched.
MODEL = "caisson-offline"
REMARK = "offline: llmock makes up the inputs of tools and the answer"
MISSING = (
    "--offline needs llmock, an offline model, which is not installed.",
    ("Install it beside Caisson: pip install llmock",),
)


@contextmanager
def offline_model() -> Iterator[Mapping[str, str]]:
    """Run llmock on loopback, and yield the settings of an executor that asks it as ``MODEL``.

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
