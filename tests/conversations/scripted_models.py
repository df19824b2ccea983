"""A model server that plays a script for each model, and keeps what each one was asked.

It speaks three forms, which it tells apart by the path of a request. Any model makes vectors of
texts, without a script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from tests.conversations.cases import numbered
from tests.conversations.neutral import Form, Heard
from tests.conversations.whole_answers import REFUSED_TEXT, chat_answer, vectors_of
from tests.executor.fake_provider import FakeProvider, Refusal
from tests.executor.provider_forms import Chunks, Spoken, anthropic_chunks, openai_chunks
from tests.executor.responses_form import responses_answer, responses_chunks, responses_items
from tests.loopback import listening

UNKNOWN = Refusal(404, {"error": {"message": "no such model", "type": "invalid_request_error"}})
OTHER = "--"
"""Between the id of a model, and what an agent adds to it to ask another one by the same script."""
FINISHED = Refusal(400, {"error": {"message": "script is over", "type": "invalid_request_error"}})
NO_VECTOR = Refusal(400, {"error": {"message": "no vector for this", "type": "invalid_value"}})
EMBEDDINGS = "/v1/embeddings"
PATHS = {
    "/v1/chat/completions": Form.CHAT,
    "/v1/responses": Form.RESPONSES,
    "/v1/messages": Form.ANTHROPIC,
}
CHUNKS: Mapping[Form, Callable[[Spoken, int], Chunks]] = {
    Form.CHAT: lambda spoken, turn: openai_chunks(spoken),
    Form.RESPONSES: responses_chunks,
    Form.ANTHROPIC: lambda spoken, turn: anthropic_chunks(spoken),
}


@dataclass(eq=False)
class ScriptedModels(FakeProvider):
    """Answers by form, model and how often it was asked; a script does not repeat."""

    models: Mapping[str, Sequence[Spoken]] = field(default_factory=dict)
    heard: dict[tuple[Form, str], list[Heard]] = field(default_factory=lambda: defaultdict(list))
    embedded: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def script(self) -> Sequence[Any] | Refusal:
        """Return the answer to the last request."""
        path = self.heads[-1].split(" ", 2)[1].partition("?")[0]
        request = self.requests[-1]
        model = str(request["model"]).partition(OTHER)[0]
        if path == EMBEDDINGS:
            self.embedded[model].append(request)
            is_refused = any(text.startswith(REFUSED_TEXT) for text in request["input"])
            return NO_VECTOR if is_refused else Refusal(200, vectors_of(request))
        form = PATHS[path]
        turns = self.models.get(model, ())
        heard = self.heard[form, model]
        heard.append(Heard(form, self._resolved(request, turns)))
        if not turns:
            return UNKNOWN
        at = len(heard)
        if at > len(turns):
            return FINISHED
        spoken = _turn(turns[at - 1], at)
        if form is Form.RESPONSES and not request.get("stream"):
            # LiteLLM does not stream from models that it does not know.
            return Refusal(200, responses_answer(spoken, at))
        if form is Form.CHAT and not request.get("stream"):
            return Refusal(200, chat_answer(spoken))
        return CHUNKS[form](spoken, at)

    def _resolved(self, request: dict[str, Any], turns: Sequence[Spoken]) -> dict[str, Any]:
        """Return a request with the items that it names by the provider's ids."""
        if "input" not in request:
            return request
        known = {
            item["id"]: item
            for at, spoken in enumerate(turns, 1)
            for item in responses_items(_turn(spoken, at), at)
        }
        items = [
            known[item["id"]] if item.get("type") == "item_reference" else item
            for item in request["input"]
        ]
        return {**request, "input": items}


def _turn(spoken: Spoken, at: int) -> Spoken:
    return replace(spoken, calls=[numbered(call, at) for call in spoken.calls])


@asynccontextmanager
async def scripted_models(
    models: Mapping[str, Sequence[Spoken]],
) -> AsyncIterator[ScriptedModels]:
    """Serve the scripts of models, by their ids; the address is without a path."""
    server = ScriptedModels([], models=models)
    async with listening(server.serve) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server
