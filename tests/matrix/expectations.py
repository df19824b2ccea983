"""What the manifests of the matrix say cannot be had: every diagnostic that is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.executor.domain import Diagnostic


@dataclass(frozen=True)
class Expected:
    """A diagnostic by its place and the beginning of its reason."""

    path: str
    reason: str

    def fits(self, diagnostic: Diagnostic) -> bool:
        """Tell whether it is this one."""
        return diagnostic.path == self.path and diagnostic.reason.startswith(self.reason)


_NOT_ASKED = "Caisson does not ask the model for this form"
_LIGHTFAST = (
    Expected("agents.keeper.tools.versioned.inputSchema.left", "what `preprocess` changes first"),
)
_AI_SDK = (Expected("agents.fieldSurveyor.output.schema", _NOT_ASKED),)
_MASTRA = (Expected("agents.default.model", "`maxRetries` of one model does not apply"),)
_OPENAI = (
    Expected("agents.default.handoffs", "Caisson does not hand conversations over"),
    Expected("agents.default.tools.write_letter", "Caisson does not call agents as tools"),
    Expected("agents.fieldSurveyor.outputType", _NOT_ASKED),
    Expected("agents.fieldSurveyor.modelSettings", "it says none"),
)

EXPECTED: Mapping[tuple[str, str], Sequence[Expected]] = {
    ("lightfast", "zod3"): _LIGHTFAST,
    ("lightfast", "zod4"): (),
    ("ai_sdk", "zod3"): (*_LIGHTFAST, *_AI_SDK),
    ("ai_sdk", "zod4"): _AI_SDK,
    ("mastra", "zod3"): (
        Expected(
            "agents.default.tools.versioned.inputSchema.left", "what `preprocess` changes first"
        ),
        *_MASTRA,
    ),
    ("mastra", "zod4"): _MASTRA,
    ("openai_agents", "zod3"): _OPENAI,
    ("openai_agents", "zod4"): _OPENAI,
}
"""By project and zod."""
