"""What a model can do, by LiteLLM's list of models; of one that is not there little is assumed."""

from __future__ import annotations

from typing import Any

from services.executor.conversation import MediaKind, MediaPart

# Providers that fetch a URL themselves. For the others LiteLLM would fetch it from this process,
# past every rule of what may be fetched.
FETCH_THEMSELVES = {"openai", "azure", "anthropic", "openrouter", "mistral", "xai"}
TAKES_SCHEMA_WITH_TOOLS = {"openai", "azure"}


class ModelAbilities:
    """The abilities of one model: ``model`` and ``provider`` by LiteLLM's names, and the module."""

    def __init__(self, model: str, provider: str, litellm: Any) -> None:
        self._model = model
        self._litellm = litellm
        self.provider = provider

    def __repr__(self) -> str:
        return f"ModelAbilities({self._model!r}, {self.provider!r})"

    @property
    def is_claude(self) -> bool:
        """Tell whether it is one of Anthropic's, whoever serves it."""
        return self.provider == "anthropic" or "claude" in self._model

    def refusal(self, part: MediaPart) -> str:
        """Return why the model cannot be given this part, empty when it can or nobody knows."""
        if part.url and self.provider not in FETCH_THEMSELVES:
            return (
                f'The provider of "{self._model}" fetches no URLs. Send the {part.kind.value} as '
                "bytes, in `data`."
            )
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
        try:
            info = self._litellm.get_model_info(self._model)
        except Exception:  # noqa: BLE001 - LiteLLM raises a plain Exception for unknown models
            return None
        return bool(info.get(ability))
