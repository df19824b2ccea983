"""A model server that plays a script for each model, and keeps what each one was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.conversations.cases import numbered
from tests.executor.fake_provider import FakeProvider, Refusal
from tests.executor.provider_forms import Spoken, openai_chunks
from tests.loopback import listening

UNKNOWN = Refusal(404, {"error": {"message": "no such model", "type": "invalid_request_error"}})
OTHER = "--"
"""Between the id of a model, and what an agent adds to it to ask another one by the same script."""
FINISHED = Refusal(400, {"error": {"message": "script is over", "type": "invalid_request_error"}})


@dataclass(eq=False)
class ScriptedModels(FakeProvider):
    """Answers by the model's name and by how often it was asked; a script does not repeat."""

    models: Mapping[str, Sequence[Spoken]] = field(default_factory=dict)
    heard: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def script(self) -> Sequence[Any] | Refusal:
        """Return the answer to the last request."""
        request = self.requests[-1]
        model = str(request["model"]).partition(OTHER)[0]
        self.heard[model].append(request)
        if model not in self.models:
            return UNKNOWN
        script, at = self.models[model], len(self.heard[model])
        if at > len(script):
            return FINISHED
        spoken = script[at - 1]
        return openai_chunks(replace(spoken, calls=[numbered(call, at) for call in spoken.calls]))


@asynccontextmanager
async def scripted_models(
    models: Mapping[str, Sequence[Spoken]],
) -> AsyncIterator[ScriptedModels]:
    """Serve the scripts of models, by their ids."""
    server = ScriptedModels([], models=models)
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}/v1"
        yield server
