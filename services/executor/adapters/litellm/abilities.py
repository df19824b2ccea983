"""What a model can do, by LiteLLM's list of models; of one that is not there little is assumed.

The list is read as it is: LiteLLM's own functions ask some providers about their models, and
everybody waits for the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.executor.conversation import MediaKind, MediaPart
from services.executor.providers.names import ModelName

# Providers that fetch a URL themselves. For the others LiteLLM would fetch it from this process,
# past every rule of what may be fetched.
FETCH_THEMSELVES = {"openai", "azure", "anthropic", "openrouter", "mistral", "xai"}
# Of these, those for which LiteLLM would fetch a URL of http:// here.
FETCH_HTTPS = {"anthropic"}
TAKES_SCHEMA_WITH_TOOLS = {"openai", "azure"}


def listed(model: ModelName, litellm: Any) -> Mapping[str, Any]:
    """Return what LiteLLM's list says of a model, nothing when it is not there."""
    found: Mapping[str, Any] = litellm.model_cost.get(str(model), {})
    if found:
        return found
    found = litellm.model_cost.get(model.id, {})
    of = str(found.get("litellm_provider", ""))
    own = model.provider.name
    return found if of in {own, f"{own}_chat", f"{own}_converse"} else {}


class ModelAbilities:
    """The abilities of one model, by what ``listed`` found of it."""

    def __init__(self, model: ModelName, found: Mapping[str, Any]) -> None:
        self._model = model
        self._listed = found
        self.provider = model.provider.name

    def __repr__(self) -> str:
        return f"ModelAbilities({self._model})"

    @property
    def is_claude(self) -> bool:
        """Tell whether it is one of Anthropic's, whoever serves it."""
        return self.provider == "anthropic" or "claude" in self._model.id

    def refusal(self, part: MediaPart) -> str:
        """Return why the model cannot be given this part, empty when it can or nobody knows."""
        if part.url and self.provider not in FETCH_THEMSELVES:
            return (
                f'The provider of "{self._model}" fetches no URLs. Send the {part.kind.value} as '
                "bytes, in `data`."
            )
        if part.url and self.provider in FETCH_HTTPS and not part.url.startswith("https://"):
            return f'The provider of "{self._model}" fetches only URLs that begin with https://.'
        image = part.kind is MediaKind.IMAGE
        takes = self._known("supports_vision" if image else "supports_pdf_input")
        if takes is False:
            return (
                f'The model "{self._model}" takes no {part.kind.value}s. Use one that does, or '
                "leave it out."
            )
        return ""

    def takes_schema(self, *, with_tools: bool) -> bool:
        """Tell whether the provider itself makes the answer fit a JSON Schema."""
        if with_tools and self.provider not in TAKES_SCHEMA_WITH_TOOLS:
            return False
        return bool(self._known("supports_response_schema"))

    def _known(self, ability: str) -> bool | None:
        """Return whether the model has an ability; None for a model that is not in the list."""
        return bool(self._listed.get(ability)) if self._listed else None
