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
EVERY_MODEL = "*"
ALIASES = "CAISSON_EXECUTOR_MODEL_ALIASES"
REMARK = "offline: llmock makes up tool inputs and answers"
MISSING = (
    "--offline needs llmock, an offline model, which is not installed.",
    ("Install it: pip install llmock",),
)


@contextmanager
def offline_model(*, of_deployed: bool = False) -> Iterator[Mapping[str, str]]:
    """Run llmock on loopback, and yield settings that make it the executor's model ``MODEL``.

    For a deployed agent, which may use only the models of its version, it is all of these.

    Raises:
        UsageError: llmock is not installed.
    """
    try:
        from llmock.testing import LLMockServer
    except ModuleNotFoundError:
        raise UsageError(*MISSING) from None
    with LLMockServer() as server:
        alias = {"model": "openai/offline", "base_url": server.base_url("openai")}
        names = (MODEL, EVERY_MODEL) if of_deployed else (MODEL,)
        yield {
            ALIASES: json.dumps(dict.fromkeys(names, alias)),
            "CAISSON_EXECUTOR_MODEL_FALLBACKS": "",
            "CAISSON_EXECUTOR_DEFAULT_MODEL": MODEL if of_deployed else "",
        }


def is_offline(settings: Mapping[str, str]) -> bool:
    """Tell whether these are the settings of an offline model."""
    return MODEL in settings.get(ALIASES, "")
