"""Which model is asked, and under what name."""

from __future__ import annotations

import pytest

from services.executor.agent.model_names import ModelNames, litellm_name
from services.executor.domain import Framework
from services.executor.errors import RequestError
from tests.executor.builders import agent


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gateway/anthropic/claude-x", "anthropic/claude-x"),
        ("gateway/google/gemini-x", "gemini/gemini-x"),
        ("anthropic/claude-x", "anthropic/claude-x"),
        ("openai/gpt-x", "openai/gpt-x"),
        ("gpt-x", "gpt-x"),
        ("openrouter/google/gemini-x", "openrouter/google/gemini-x"),
    ],
)
def test_names_of_bundles_become_names_of_litellm(name: str, expected: str) -> None:
    assert litellm_name(name) == expected


def test_the_request_comes_before_the_bundle_and_the_default_last() -> None:
    names = ModelNames(default="openai/default")
    assert names.resolve("openai/asked", agent()) == "openai/asked"
    assert names.resolve("", agent()) == "openai/gpt-x"
    assert names.resolve("", agent(model=None)) == "openai/default"


def test_without_any_name_the_request_is_told_what_to_set() -> None:
    with pytest.raises(RequestError, match="Set `model`") as caught:
        ModelNames().resolve("", agent(model=None))
    assert caught.value.violations[0].field == "model"


def test_aliases_replace_names_in_either_form() -> None:
    names = ModelNames(aliases={"fast": "openai/small", "anthropic/claude-x": "openai/big"})
    assert names.resolve("fast", agent()) == "openai/small"
    assert names.resolve("gateway/anthropic/claude-x", agent()) == "openai/big"
    assert names.resolve("", agent()) == "openai/gpt-x"
    assert ModelNames(aliases={"*": "openai/one"}).resolve("x/y", agent()) == "openai/one"


def test_a_plain_name_of_the_openai_agents_sdk_is_a_model_of_openai() -> None:
    plain = agent(model="gpt-new", framework=Framework.OPENAI_AGENTS)
    assert ModelNames().resolve("", plain) == "openai/gpt-new"
    assert ModelNames(aliases={"gpt-new": "x/y"}).resolve("", plain) == "x/y"
    assert ModelNames().resolve("asked", plain) == "asked"
    other = agent(model="openrouter/x", framework=Framework.OPENAI_AGENTS)
    assert ModelNames().resolve("", other) == "openrouter/x"
