"""Which model is asked, and under what name."""

from __future__ import annotations

import pytest

from services.executor.agent.model_names import ModelNames
from services.executor.conversation import ModelRoute
from services.executor.domain import AgentSpec
from services.executor.errors import RequestError
from tests.executor.builders import agent


def first(names: ModelNames, requested: str, spec: AgentSpec) -> str:
    """The name of the model that is asked first."""
    return names.routes(requested, (), spec)[0].model


def aliases(**names: str) -> dict[str, ModelRoute]:
    return {name: ModelRoute(model) for name, model in names.items()}


def test_request_overrides_bundle_and_bundle_overrides_default() -> None:
    names = ModelNames(default="openai/default")
    assert first(names, "openai/asked", agent()) == "openai/asked"
    assert first(names, "", agent()) == "openai/gpt-x"
    assert first(names, "", agent(model=None)) == "openai/default"


def test_missing_model_error_says_what_to_set() -> None:
    with pytest.raises(RequestError, match=r"Set `spec.model`") as caught:
        ModelNames().routes("", (), agent(model=None))
    assert caught.value.violations[0].field == "spec.model"


def test_aliases_replace_both_forms_of_a_name() -> None:
    names = ModelNames(aliases=aliases(fast="openai/small", **{"anthropic/claude-x": "openai/big"}))
    assert first(names, "fast", agent()) == "openai/small"
    assert first(names, "gateway/anthropic/claude-x", agent()) == "openai/big"
    assert first(names, "", agent()) == "openai/gpt-x"
    assert first(ModelNames(aliases=aliases(**{"*": "openai/one"})), "x/y", agent()) == "openai/one"


def test_alias_matches_either_form_of_a_name() -> None:
    names = ModelNames(aliases=aliases(**{"gpt-x": "mistral/a", "gemini/x": "mistral/b"}))
    assert first(names, "gateway/gpt-x", agent()) == "mistral/a"
    assert first(names, "gateway/google/x", agent()) == "mistral/b"


def test_alias_may_set_model_endpoint() -> None:
    own = ModelRoute("openai/llama", base_url="http://127.0.0.1:1/v1", key_variable="OWN_KEY")
    assert ModelNames(aliases={"llama": own}).routes("llama", (), agent()) == (own,)


def test_plain_openai_agents_name_means_openai_model() -> None:
    plain = agent(model="gpt-new", framework="openai-agents")
    assert first(ModelNames(), "", plain) == "openai/gpt-new"
    assert first(ModelNames(aliases=aliases(**{"gpt-new": "mistral/y"})), "", plain) == "mistral/y"
    assert first(ModelNames(), "gpt-asked", plain) == "openai/gpt-asked"
    other = agent(model="openrouter/x", framework="openai-agents")
    assert first(ModelNames(), "", other) == "openrouter/x"


def test_fallbacks_come_from_request_then_bundle_then_deployment() -> None:
    names = ModelNames(aliases=aliases(small="openai/small"), fallbacks=("openai/last",))

    def others(requested: str, fallbacks: tuple[str, ...], spec: AgentSpec) -> list[str]:
        return [route.model for route in names.routes(requested, fallbacks, spec)[1:]]

    bundled = agent(fallback_models=("gateway/anthropic/claude-x", "small"))
    assert others("", ("google/gemini-x",), bundled) == ["gemini/gemini-x"]
    assert others("", (), bundled) == ["anthropic/claude-x", "openai/small"]
    assert others("", (), agent()) == ["openai/last"]
    assert others("openai/asked", (), bundled) == ["openai/last"]
    assert others("openai/last", (), agent()) == []
