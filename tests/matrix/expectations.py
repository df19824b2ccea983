"""What the manifests of the matrix say cannot be had: every diagnostic that is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from services.executor.domain import Diagnostic


@dataclass(frozen=True)
class Expected:
    """A diagnostic by its place and the beginning of its reason.

    A place may have a ``*``, for the name of an agent that a bundler chose. One that not every
    bundler brings about is not ``always`` there.
    """

    path: str
    reason: str
    always: bool = True

    def fits(self, diagnostic: Diagnostic) -> bool:
        """Tell whether it is this one."""
        is_there = fnmatchcase(diagnostic.path, self.path.replace("[", "[[]"))
        return is_there and diagnostic.reason.startswith(self.reason)


_RETRIES = "the deployment says how often a query is tried again"
_NOT_SENT = "Caisson does not send it: it is only listed in the manifest"
_PREPROCESSED = "what `preprocess` changes first is not known"
# Where a minifier writes the only call of a provider's reader of settings in its place.
_BASE_URL = (
    Expected(
        "env.ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL is read while the bundle loads", always=False
    ),
    Expected("env.OPENAI_BASE_URL", "OPENAI_BASE_URL is read while the bundle loads", always=False),
)
_LIGHTFAST = (Expected("agents.field-surveyor.maxRetries", _RETRIES), *_BASE_URL)
_AI_SDK = (Expected("agents.fieldSurveyor.maxRetries", _RETRIES), *_BASE_URL)
_MASTRA = (
    Expected("agents.default.model", "`maxRetries` of one model does not apply"),
    Expected("agents.fieldSurveyor.maxRetries", _RETRIES),
    *_BASE_URL,
)
# Switches of an older release.
_AT_LOAD = (
    Expected("env.MASTRA_DEV", "MASTRA_DEV is read while the bundle loads"),
    Expected(
        "env.MASTRA_AUTO_REFRESH_PROVIDERS",
        "MASTRA_AUTO_REFRESH_PROVIDERS is read while the bundle loads",
    ),
)
_OPENAI = (
    Expected("agents.clerk.providerData", _NOT_SENT),
    Expected("agents.default.handoffs[1]", "it is a function of the bundle"),
    Expected("agents.fieldSurveyor.modelSettings", "it says none"),
    Expected("agents.*.modelSettings", "it says none"),
)


def _left(agent: str) -> Expected:
    """Return what is said of zod 3's ``preprocess``."""
    return Expected(f"agents.{agent}.tools.versioned.inputSchema.left", _PREPROCESSED)


EXPECTED: Mapping[tuple[str, str], Sequence[Expected]] = {
    ("lightfast", "zod3"): (_left("keeper"), *_LIGHTFAST),
    ("lightfast", "zod4"): _LIGHTFAST,
    ("ai_sdk", "zod3"): (_left("keeper"), *_AI_SDK),
    ("ai_sdk", "zod4"): _AI_SDK,
    ("mastra", "zod3"): (_left("default"), *_MASTRA, *_AT_LOAD),
    ("mastra", "zod4"): _MASTRA,
    ("openai_agents", "zod3"): _OPENAI,
    ("openai_agents", "zod4"): _OPENAI,
}
"""By project and zod."""
