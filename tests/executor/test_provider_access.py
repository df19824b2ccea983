"""Where a provider is asked and with which key: by the deployment's variables and aliases."""

from __future__ import annotations

import pytest

from services.executor.conversation import ModelRoute
from services.executor.errors import ModelAuthError, SetupError
from services.executor.providers.access import NO_KEY, ProviderAccess
from services.executor.providers.table import PROVIDERS

# The hosts of the table, written down a second time: who changes one thinks twice.
HOSTS = {
    "anthropic": "api.anthropic.com",
    "cerebras": "api.cerebras.ai",
    "cohere": "api.cohere.com",
    "dashscope": "dashscope-intl.aliyuncs.com",
    "deepseek": "api.deepseek.com",
    "fireworks_ai": "api.fireworks.ai",
    "gemini": "generativelanguage.googleapis.com",
    "groq": "api.groq.com",
    "mistral": "api.mistral.ai",
    "minimax": "api.minimax.io",
    "moonshot": "api.moonshot.ai",
    "openai": "api.openai.com",
    "openrouter": "openrouter.ai",
    "perplexity": "api.perplexity.ai",
    "together_ai": "api.together.ai",
    "vercel_ai_gateway": "ai-gateway.vercel.sh",
    "xai": "api.x.ai",
    "zai": "api.z.ai",
}
KEY = "sk-own-0123456789"


def test_every_provider_is_queried_at_its_own_host_with_its_own_key() -> None:
    assert {name for name, row in PROVIDERS.items() if row.url} == HOSTS.keys()
    for name, host in HOSTS.items():
        for variable in PROVIDERS[name].keys:
            endpoint = ProviderAccess({variable: KEY}.get).endpoint(ModelRoute(f"{name}/x"))
            assert (endpoint.url.scheme, endpoint.url.host, endpoint.url.port) == (
                "https",
                host,
                443,
            )
            assert endpoint.key == KEY
            assert KEY not in repr(endpoint)


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_without_own_key_is_not_queried(name: str) -> None:
    """However many keys of others there are."""
    others = {key: KEY for row in PROVIDERS.values() if row.name != name for key in row.keys}
    bases = {
        key: "http://127.0.0.1:1"
        for row in PROVIDERS.values()
        if row.name != name
        for key in row.bases
    }
    access = ProviderAccess({**others, **bases}.get)
    assert name not in access.usable()
    with pytest.raises(ModelAuthError, match="This deployment cannot use") as caught:
        access.endpoint(ModelRoute(f"{name}/x"))
    row = PROVIDERS[name]
    variable = row.keys[0] if row.needs_key else row.bases[0]
    assert caught.value.metadata["variable"] == variable
    assert f"{variable} is not set where the executor runs" in caught.value.message
    assert KEY not in caught.value.message


def test_error_lists_known_providers() -> None:
    access = ProviderAccess({"GROQ_API_KEY": KEY, "OLLAMA_API_BASE": "http://127.0.0.1:1"}.get)
    with pytest.raises(ModelAuthError, match="Usable providers: groq, ollama"):
        access.endpoint(ModelRoute("openai/x"))


@pytest.mark.parametrize("name", [name for name, row in PROVIDERS.items() if row.bases])
def test_deployment_base_url_replaces_host(name: str) -> None:
    row = PROVIDERS[name]
    for variable in row.bases:
        given = {
            **dict.fromkeys(row.keys, KEY),
            variable: "http://127.0.0.1:1/own/",
            "AWS_REGION": "us-east-1",
        }
        endpoint = ProviderAccess(given.get).endpoint(ModelRoute(f"{name}/x"))
        assert endpoint.api_base.startswith("http://127.0.0.1:1/own")
        assert not endpoint.api_base.endswith("/")
        assert endpoint.key == KEY


@pytest.mark.parametrize(
    "base",
    [
        "ftp://h/",
        "nonsense",
        "http://",
        "http://u:p@127.0.0.1",
        "http://127.0.0.1/?x=1",
        "http://127.0.0.1/#x",
    ],
)
def test_invalid_base_url_is_reported_without_its_value(base: str) -> None:
    access = ProviderAccess({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": base}.get)
    with pytest.raises(SetupError, match="base URL that OPENAI_BASE_URL sets") as caught:
        access.endpoint(ModelRoute("openai/x"))
    assert base not in caught.value.message


def test_endpoint_names_the_variable_that_set_it() -> None:
    given = {"OPENAI_API_KEY": KEY, "OPENAI_API_BASE": "http://127.0.0.1:1/v1"}
    access = ProviderAccess(given.get)
    assert access.endpoint(ModelRoute("openai/x")).base_variable == "OPENAI_API_BASE"
    assert not access.endpoint(ModelRoute("openai/x", "http://127.0.0.1:2/v1")).base_variable
    assert (
        not ProviderAccess({"OPENAI_API_KEY": KEY}.get)
        .endpoint(ModelRoute("openai/x"))
        .base_variable
    )


def test_provider_key_is_sent_only_to_its_own_base_url() -> None:
    access = ProviderAccess({"OPENAI_API_KEY": KEY, "OWN": "own-key-0123456789"}.get)
    other = "http://127.0.0.1:1/v1"
    assert access.endpoint(ModelRoute("openai/x", other)).key == NO_KEY
    assert access.endpoint(ModelRoute("openai/x", other, "OWN")).key == "own-key-0123456789"
    assert access.endpoint(ModelRoute("openai/x", "https://api.openai.com/v1")).key == KEY
    with pytest.raises(ModelAuthError, match="NOT_SET, which its alias names, is not set"):
        access.endpoint(ModelRoute("openai/x", other, "NOT_SET"))


def test_bedrock_uses_deployment_region() -> None:
    given = {"AWS_BEARER_TOKEN_BEDROCK": KEY, "AWS_REGION": "eu-central-1"}
    access = ProviderAccess(given.get)
    endpoint = access.endpoint(ModelRoute("bedrock/amazon.nova-pro-v1:0"))
    assert endpoint.url.host == "bedrock-runtime.eu-central-1.amazonaws.com"
    arn = "bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/x"
    with pytest.raises(ModelAuthError, match="to us-east-1"):
        access.endpoint(ModelRoute(arn))
    given["AWS_REGION"] = "evil.example/"
    with pytest.raises(SetupError, match="not an AWS region"):
        access.endpoint(ModelRoute("bedrock/x"))
