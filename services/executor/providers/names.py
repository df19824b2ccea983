"""The only parser of model names, for bundles, requests and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.executor.errors import UnknownModelError
from services.executor.providers.table import (
    PLAIN,
    PROVIDERS,
    REFUSED,
    REFUSED_SYNONYMS,
    SYNONYMS,
    Provider,
)

MAX_NAME: Final = 256
MAX_SHOWN: Final = 100
GATEWAY: Final = "gateway/"
# LiteLLM sends any model whose id contains one of these to another company.
RESERVED: Final = ("replicate", "clarifai")
HOW_TO_NAME: Final = (
    'Name models as "provider/model", such as "openai/gpt-5", "anthropic/claude-sonnet-4-5" or '
    '"gemini/gemini-2.5-pro".'
)


@dataclass(frozen=True)
class ModelName:
    """A model: a provider in the table, and its id there, and nothing else.

    The id has letters, digits and ``. _ - :``, in slash-separated segments that start with a letter
    or digit; a Bedrock id may be an ARN.
    """

    provider: Provider
    id: str

    def __str__(self) -> str:
        """Return the canonical name."""
        return f"{self.provider.name}/{self.id}"


def parse_model(text: str) -> ModelName:
    """Parse a model name: ``provider/id``, ``gateway/provider/id`` or a well-known id.

    Raises:
        UnknownModelError: it is malformed, or its provider is not supported.
    """
    if len(text) > MAX_NAME:
        raise _refused(text, f"is longer than {MAX_NAME} characters.")
    name = text.removeprefix(GATEWAY)
    first, slash, rest = name.partition("/")
    if not slash:
        plain = next((provider for form, provider in PLAIN if form.match(name)), None)
        if plain is None:
            raise _refused(text, "names no provider.")
        first, rest = plain, name
    provider = PROVIDERS.get(SYNONYMS.get(first, first))
    if provider is None:
        raise _unknown_provider(text, REFUSED_SYNONYMS.get(first, first))
    if not provider.ids.fullmatch(rest):
        raise _refused(text, f'has an id that is not valid for the provider "{provider.name}".')
    if any(word in rest for word in RESERVED):
        raise _refused(text, f"has one of {', '.join(RESERVED)} in it, which is reserved.")
    return ModelName(provider, rest)


def one_form(text: str) -> str:
    """Return the canonical form of a name, or the text itself if it is not one."""
    try:
        return str(parse_model(text))
    except UnknownModelError:
        return text


def shown(text: str) -> str:
    """Return an untrusted text for messages and logs: short, in printable ASCII."""
    cut = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
    return "".join(each if " " <= each <= "~" and each != '"' else "?" for each in cut)


def _unknown_provider(text: str, provider: str) -> UnknownModelError:
    if provider in REFUSED:
        return _refused(text, f"is of an unsupported provider: {REFUSED[provider]}.")
    known = ", ".join(sorted(PROVIDERS))
    return _refused(text, f"is of an unknown provider. Providers: {known}.")


def _refused(text: str, why: str) -> UnknownModelError:
    metadata = {"model": shown(text), "provider": ""}
    return UnknownModelError(f'The model "{shown(text)}" {why} {HOW_TO_NAME}', metadata)
