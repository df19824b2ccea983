"""What a name of a model can say: a provider of the table, an id, and nothing else."""

from __future__ import annotations

import random

import pytest

from services.executor.agent.model_names import ModelNames
from services.executor.conversation import ModelRoute
from services.executor.errors import SetupError, UnknownModelError
from services.executor.providers.access import ProviderAccess
from services.executor.providers.names import MAX_NAME, ModelName, parse_model
from services.executor.providers.table import PROVIDERS
from tests.executor.builders import agent

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("openai/gpt-5", "openai/gpt-5"),
        ("gateway/openai/gpt-5", "openai/gpt-5"),
        ("gateway/google/gemini-x", "gemini/gemini-x"),
        ("gpt-5-mini", "openai/gpt-5-mini"),
        ("gateway/gpt-5-mini", "openai/gpt-5-mini"),
        ("o3", "openai/o3"),
        ("o4-mini", "openai/o4-mini"),
        ("ft:gpt-4o-mini:acme::abc", "openai/ft:gpt-4o-mini:acme::abc"),
        ("claude-sonnet-4-5", "anthropic/claude-sonnet-4-5"),
        ("gemini-2.5-pro", "gemini/gemini-2.5-pro"),
        ("openrouter/meta-llama/llama-4:free", "openrouter/meta-llama/llama-4:free"),
        ("openrouter/google/gemini-x", "openrouter/google/gemini-x"),
        (
            "fireworks/accounts/fireworks/models/kimi-k2",
            "fireworks_ai/accounts/fireworks/models/kimi-k2",
        ),
        ("ollama_chat/llama3.1:8b", "ollama/llama3.1:8b"),
        ("amazon-bedrock/us.amazon.nova-pro-v1:0", "bedrock/us.amazon.nova-pro-v1:0"),
        (f"bedrock/{ARN}", f"bedrock/{ARN}"),
        ("azure/my-deployment_1", "azure/my-deployment_1"),
    ],
)
def test_model_name_is_provider_and_id(name: str, expected: str) -> None:
    assert str(parse_model(name)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "openai",
        "openai/",
        "/gpt-5",
        "gateway/",
        "nonsense",
        "openrouter",
        "OpenAI/gpt-5",
        "openai /gpt-5",
        "gemini/../../v1beta/files/x",
        "gemini/..%2f..%2fv1beta/files/x",
        "gemini/%2e%2e/x",
        "gemini/x:countTokens",
        "gemini/tunedModels/x",
        "gemini/x?key=1",
        "gemini/x#",
        "azure/../x",
        "azure/a/b",
        "anthropic/a/b",
        "openai/../x",
        "openai/./x",
        "openai//x",
        "openai/x/",
        "openai/x/..",
        "openai/a..b",
        "openai/.hidden",
        "openai/x.",
        "openai/-x",
        "openai/a@b",
        "openai/a\\b",
        "openai/a%41",
        "openai/a b",
        "openai/a\nb",
        "openai/a\n",
        "openai/a\x1b[31m",
        "openai/\u0430",
        "openai/a\u202eb",
        "openai/a\u2028",
        "openai/http://127.0.0.1:1/v1",
        f"openai/{'x' * MAX_NAME}",
        f"openai/{ARN}/../x",
        "openai/arn:aws:bedrock:us-east-1:123456789012:inference-profile/x@y",
        "bedrock/agentcore/arn:aws:bedrock-agentcore:us-east-1:1:runtime/x",
        "bedrock/converse/anthropic.claude-v2",
        "bedrock/invoke/anthropic.claude-v2",
        "bedrock/us-west-2/anthropic.claude-v2",
        "bedrock/arn:aws:bedrock:evil.example/:1:inference-profile/x",
        "bedrock/arn:aws:sagemaker:us-east-1:123456789012:endpoint/x",
        "bedrock/arn:aws:bedrock:us-east-1:123456789012:agent/x",
        f"bedrock/{ARN}/x",
        "openrouter/meta/replicate-x",
        "anthropic/replicate",
        "anthropic/clarifai",
        "oobabooga/http://127.0.0.1:1",
        "pinstripes/x",
        "replicate/stranger/repo",
        "huggingface/stranger/repo",
        "sagemaker/x",
        "sagemaker_chat/x",
        "vertex_ai/gemini-2.5-pro",
        "vertex/gemini-2.5-pro",
        "vertex_ai/claude-sonnet-4@20250514",
        "petals/x",
        "custom_openai/x",
        "openai_like/x",
        "azure_ai/x",
        "github_copilot/x",
        "chatgpt/x",
    ],
)
def test_everything_else_is_refused(name: str) -> None:
    with pytest.raises(UnknownModelError) as caught:
        parse_model(name)
    message = caught.value.message
    assert message.isascii()
    assert message.isprintable()
    assert 'such as "openai/gpt-5"' in message
    assert len(message) < 700


STRANGE = (*"@#?%\\ \n\0\u0430~!$&'()*+,;=[]", "..", ".", "", "%2e")
PLAIN = ("x", "v1", "a.b", "x-1", "A_b", "7", ":", "files")


def accepted(seed: int, count: int) -> list[ModelName]:
    """Return the names that the parser takes, of many that are made to be nearly right."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        parts = [chance.choice(STRANGE if chance.random() < 0.15 else PLAIN) for _ in range(4)]
        name = chance.choice(["", "/", "."]).join(parts)
        try:
            found.append(parse_model(f"{chance.choice(list(PROVIDERS))}/{name}"))
        except UnknownModelError:
            continue
    return found


def test_accepted_names_stay_inside_their_url_segment() -> None:
    names = accepted(seed=11, count=20_000)
    assert len(names) > 200
    for name in names:
        steps = name.id.split("/")
        assert not {"", ".", ".."} & set(steps)
        assert not set(name.id) & set("@#?%\\ \n\0~!$&'()*+,;=[]")
        assert parse_model(str(name)) == name


@pytest.mark.parametrize(
    "path", ["/base/../x", "/base/%2e%2e/x", "/base/..%2fx", "/x", "/basex", "/base/a\\..\\b"]
)
def test_requests_stay_under_base_url_path(path: str) -> None:
    access = ProviderAccess(
        {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://127.0.0.1:1/base"}.get
    )
    endpoint = access.endpoint(ModelRoute("openai/x"))
    assert endpoint.allows("http", "127.0.0.1", 1, "/base/chat/completions")
    assert not endpoint.allows("http", "127.0.0.1", 1, path)
    assert not endpoint.allows("https", "127.0.0.1", 1, "/base/chat/completions")
    assert not endpoint.allows("http", "127.0.0.1", 2, "/base/chat/completions")
    assert not endpoint.allows("http", "127.0.0.2", 1, "/base/chat/completions")


BAD = "pinstripes/x"


@pytest.mark.parametrize("where", ["request", "bundle", "fallback", "bundle's fallback"])
def test_model_name_is_checked_from_every_source(where: str) -> None:
    names, spec = ModelNames(), agent()
    spec = agent(model=BAD) if where == "bundle" else spec
    spec = agent(fallback_models=(BAD,)) if where == "bundle's fallback" else spec
    fallbacks = (BAD,) if where == "fallback" else ()
    with pytest.raises(UnknownModelError, match="unknown provider"):
        names.routes(BAD if where == "request" else "", fallbacks, spec)


@pytest.mark.parametrize(
    "settings",
    [{"default": BAD}, {"fallbacks": (BAD,)}, {"aliases": {"fast": ModelRoute(BAD)}}],
    ids=str,
)
def test_settings_are_checked_at_start(settings: dict[str, object]) -> None:
    with pytest.raises(SetupError, match="unknown provider"):
        ModelNames(**settings)  # type: ignore[arg-type]  # one of them at a time


@pytest.mark.parametrize("name", ["x/../../y", "openai/../x", "http://127.0.0.1:1", "a\nb", BAD])
def test_alias_route_ignores_parts_of_the_name(name: str) -> None:
    own = ModelRoute("openai/llama", "http://127.0.0.1:1/v1", "OWN_KEY")
    assert ModelNames(aliases={"*": own}).routes(name, (), agent()) == (own,)
