"""What a model can do, by LiteLLM's model list; little is assumed of models not in it.

The list is read directly: LiteLLM's own functions query some providers about their models, and
block the event loop meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.executor.conversation import ContentPart, MediaKind, MediaPart
from services.executor.providers.names import ModelName

# Providers that fetch a URL themselves. For the others LiteLLM would fetch it from this process,
# bypassing every fetch rule.
FETCH_THEMSELVES = {"openai", "azure", "anthropic", "openrouter", "mistral", "xai"}
# Of these, those for which LiteLLM would fetch an http:// URL in this process.
FETCH_HTTPS = {"anthropic"}
# Providers that only promise JSON (`json_object`), by their references, whatever LiteLLM lists;
# and Groq, which streams no answer that it makes fit a schema.
ENFORCE_NO_SCHEMA = {"dashscope", "deepseek", "groq", "minimax", "moonshot", "zai"}
# Providers whose form has images in results of tools; of Gemini's models, those that read them.
IMAGES_IN_RESULTS = {"anthropic", "bedrock"}
GEMINI_WITH_IMAGES_IN_RESULTS = "gemini-3"
TAKES_SCHEMA_WITH_TOOLS = {"openai", "azure"}
# Whatever speaks OpenAI's protocol may be behind these: llama.cpp, vLLM, Ollama and LM Studio do
# enforce a schema, and LiteLLM's list has none of their models. Another server may say that it
# cannot, or say nothing.
MAY_TAKE_SCHEMA = {"hosted_vllm", "litellm_proxy", "lm_studio", "ollama", "openai"}
# Begins the ids of models that LiteLLM is to query in the Responses form.
IN_RESPONSES_FORM = "responses/"
# Anthropic wants a limit with each query. LiteLLM would send 4096, which cuts answers off, where it
# does not know the model, or the model thinks. Every Claude of the last years can write this many.
CLAUDE_ANSWER_TOKENS = 32_000


def listed(model: ModelName, litellm: Any) -> Mapping[str, Any]:
    """Return a model's entry in LiteLLM's list, empty if there is none."""
    model_id = model.id.removeprefix(IN_RESPONSES_FORM)
    found: Mapping[str, Any] = litellm.model_cost.get(f"{model.provider.name}/{model_id}", {})
    if found:
        return found
    found = litellm.model_cost.get(model_id, {})
    of = str(found.get("litellm_provider", ""))
    own = model.provider.name
    return found if of in {own, f"{own}_chat", f"{own}_converse"} else {}


class ModelAbilities:
    """The abilities of one model, from its ``listed`` entry and what it ``refused`` before."""

    def __init__(
        self, model: ModelName, found: Mapping[str, Any], refused: Collection[str] = ()
    ) -> None:
        self._model = model
        self._listed = found
        self._refused = refused
        self.provider = model.provider.name

    def __repr__(self) -> str:
        return f"ModelAbilities({self._model})"

    @property
    def is_claude(self) -> bool:
        """Tell whether it is an Anthropic model, from any provider."""
        return self.provider == "anthropic" or "claude" in self._model.id

    @property
    def answer_tokens(self) -> int | None:
        """The limit of an answer that a query must name, None where there is no need to."""
        if self.provider != "anthropic":
            return None
        return self._listed.get("max_output_tokens") or CLAUDE_ANSWER_TOKENS

    def refusal(self, part: MediaPart) -> str:
        """Return why the model cannot take this part, empty if it can or if that is unknown."""
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
                f'The model "{self._model}" accepts no {part.kind.value}s. Use one that does, or '
                "leave it out."
            )
        return ""

    def takes_parts(self, parts: Sequence[ContentPart]) -> bool:
        """Tell whether the model reads these parts of a tool's result in the result.

        OpenAI's chat form has only texts there, its Responses form has images, too.
        """
        reads = (
            self.provider in IMAGES_IN_RESULTS
            or self._is_in_responses_form
            or (
                self.provider == "gemini"
                and self._model.id.startswith(GEMINI_WITH_IMAGES_IN_RESULTS)
            )
        )
        return bool(parts) and reads and not any(map(self.refusal, _media(parts)))

    def takes_images_after_results(self, parts: Sequence[ContentPart]) -> bool:
        """Tell whether the model surely reads the images of a result in a user's message."""
        media = _media(parts)
        reads = bool(self._known("supports_vision")) and not self.takes_parts(parts)
        return bool(media) and reads and not any(map(self.refusal, media))

    @property
    def _is_in_responses_form(self) -> bool:
        """Tell whether LiteLLM surely queries the model in OpenAI's Responses form."""
        is_named = self._model.id.startswith(IN_RESPONSES_FORM)
        return self.provider == "openai" and (is_named or self._listed.get("mode") == "responses")

    def takes_schema(self, *, with_tools: bool) -> bool:
        """Tell whether the provider itself enforces a JSON Schema."""
        if self.provider in ENFORCE_NO_SCHEMA or "response_format" in self._refused:
            return False
        if with_tools and self.provider not in TAKES_SCHEMA_WITH_TOOLS:
            # LiteLLM would ask other models by a tool of its own, which they have to call.
            is_native = self._known("supports_native_structured_output")
            return self.provider == "anthropic" and bool(is_native)
        return bool(self._known("supports_response_schema"))

    def may_take_schema(self, *, with_tools: bool) -> bool:
        """Tell whether to send a schema although it is unknown whether it will be enforced.

        Not beside tools: vLLM would make their calls fit it, and llama.cpp ignores it there.
        """
        is_unknown = not self._listed and "response_format" not in self._refused
        return is_unknown and self.provider in MAY_TAKE_SCHEMA and not with_tools

    def _known(self, ability: str) -> bool | None:
        """Return whether the model has an ability; None if the model is not listed."""
        return bool(self._listed.get(ability)) if self._listed else None


def _media(parts: Sequence[ContentPart]) -> list[MediaPart]:
    return [part for part in parts if isinstance(part, MediaPart)]
