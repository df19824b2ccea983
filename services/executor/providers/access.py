"""The endpoint and key of each provider, from the deployment's variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import unquote

from services.executor.conversation import ModelRoute
from services.executor.egress.web_url import WebUrl, parse_url
from services.executor.errors import FetchDeniedError, ModelAuthError, SetupError
from services.executor.providers.names import ModelName, parse_model
from services.executor.providers.table import AZURE, BEDROCK, BEDROCK_ARN, PROVIDERS, Provider

Lookup: TypeAlias = Callable[[str], str | None]
"""Returns the value of an environment variable, None if it is not set."""

# A dummy key for servers without keys: without one, LiteLLM looks for others.
NO_KEY: Final = "none"
AZURE_VERSION: Final = "AZURE_API_VERSION"
AZURE_DEFAULT_VERSION: Final = "2025-02-01-preview"
REGION_VARIABLES: Final = ("AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION")
REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]{1,12}){1,3}-[0-9]{1,2}")
VERSION: Final = re.compile(r"[A-Za-z0-9.-]{1,40}")


@dataclass(frozen=True)
class Endpoint:
    """The endpoint of one model; queries may reach nothing else.

    ``url`` is the base URL, set by the variable ``base_variable``, if any. ``options`` are further
    arguments for LiteLLM, such as a version or a region.
    """

    model: ModelName
    url: WebUrl
    key: str = field(repr=False)
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    base_variable: str = ""

    @property
    def api_base(self) -> str:
        """The checked base URL for LiteLLM, without a trailing slash."""
        return self.url.href.rstrip("/")

    def allows(self, scheme: str, host: str, port: int, path: str) -> bool:
        """Tell whether a URL is allowed: it has the same origin, below the same path."""
        own = self.url
        if (scheme, host, port) != (own.scheme, own.host, own.port):
            return False
        below = own.path.rstrip("/")
        steps = unquote(path).replace("\\", "/").split("/")
        return not {".", ".."} & set(steps) and (path == below or path.startswith(f"{below}/"))


class ProviderAccess:
    """The providers of one deployment: those whose own variables are set.

    Args:
        lookup: reads the environment.
    """

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def __repr__(self) -> str:
        """Show the names of the providers."""
        return f"ProviderAccess({', '.join(self.usable())})"

    def usable(self) -> tuple[str, ...]:
        """Return the names of the providers that this deployment can use."""
        return tuple(name for name, row in PROVIDERS.items() if not any(self._missing(row)))

    def keys_set(self) -> tuple[str, ...]:
        """Return the names of the key variables that are set."""
        return self._set(row.keys for row in PROVIDERS.values())

    def bases_set(self) -> tuple[str, ...]:
        """Return the names of the base URL variables that are set."""
        return self._set(row.bases for row in PROVIDERS.values())

    def endpoint(self, route: ModelRoute) -> Endpoint:
        """Return the endpoint of a model.

        A provider's own key is sent only to its own base URL: a route with another URL names its
        own key variable, or has no key.

        Raises:
            UnknownModelError: it is not a valid model name.
            ModelAuthError: the deployment has no key, or no base URL, for its provider.
            SetupError: the configured base URL, version or region is invalid.
        """
        model = parse_model(route.model)
        provider = model.provider
        if not route.base_url and not route.key_variable:
            for variable in self._missing(provider):
                raise self._not_set(model, variable)
        own = self._value(provider.bases)
        base = route.base_url or own or provider.url or self._region_url(model)
        if not base:
            raise self._not_set(model, provider.bases[0])
        at_own = not route.base_url or route.base_url == (own or provider.url)
        key = self._key(model, route.key_variable, at_own=at_own)
        if (route.base_url or own) and provider.path:
            base = base.rstrip("/")
            base = base if base.endswith(provider.path) else base + provider.path
        options = dict(self._options(model))
        if key == NO_KEY and at_own and (signing := self._signing(provider)):
            key = ""  # else LiteLLM would send it instead of signing
            options |= signing
        moved = "" if route.base_url else next(iter(self._set((provider.bases,))), "")
        url = _url_of(base, model, moved)
        return Endpoint(model, url, key, tuple(options.items()), moved)

    def _missing(self, provider: Provider) -> Iterator[str]:
        """Yield the variables that the deployment must set to use a provider."""
        if provider.needs_key and not self._value(provider.keys) and not self._signing(provider):
            yield provider.keys[0]
        if not provider.url and not self._value(provider.bases):
            if provider.name != BEDROCK:
                yield provider.bases[0]
            elif not self._value(REGION_VARIABLES):
                yield REGION_VARIABLES[0]

    def _signing(self, provider: Provider) -> dict[str, str]:
        """Return LiteLLM's arguments for signing requests, if all needed variables are set."""
        values = {argument: self._value((name,)) for argument, name in provider.signs}
        given = {argument: value for argument, value in values.items() if value}
        needed = [argument for argument, _ in provider.signs[:-1]]
        return given if needed and given.keys() >= set(needed) else {}

    def _set(self, variables: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(name for names in variables for name in names if self._value((name,)))

    def _value(self, variables: tuple[str, ...]) -> str:
        values = ((self._lookup(name) or "").strip() for name in variables)
        return next((value for value in values if value), "")

    def _key(self, model: ModelName, variable: str, *, at_own: bool) -> str:
        if variable:
            key = self._value((variable,))
            if not key:
                raise self._not_set(model, variable, named=", which its alias names,")
            return key
        return (self._value(model.provider.keys) if at_own else "") or NO_KEY

    def _region_url(self, model: ModelName) -> str:
        if model.provider.name != BEDROCK:
            return ""
        region = self._region(model)
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"https://bedrock-runtime.{region}.{suffix}"

    def _region(self, model: ModelName) -> str:
        region = self._value(REGION_VARIABLES)
        if not REGION.fullmatch(region):
            if not region:
                raise self._not_set(model, REGION_VARIABLES[0])
            raise SetupError(f"{REGION_VARIABLES[0]} of the executor is not an AWS region.")
        arn = BEDROCK_ARN.fullmatch(model.id)
        if arn and arn["region"] != region:
            raise self._not_set(model, REGION_VARIABLES[0], f" to {arn['region']}")
        return region

    def _options(self, model: ModelName) -> Iterator[tuple[str, str]]:
        if model.provider.name == AZURE:
            version = self._value((AZURE_VERSION,)) or AZURE_DEFAULT_VERSION
            if not VERSION.fullmatch(version):
                raise SetupError(f"{AZURE_VERSION} of the executor is not an Azure API version.")
            yield "api_version", version
        if model.provider.name == BEDROCK:
            yield "aws_region_name", self._region(model)
        if model.provider.name == "openai" and (
            organization := self._value(("OPENAI_ORGANIZATION", "OPENAI_ORG_ID"))
        ):
            yield "organization", organization

    def _not_set(
        self, model: ModelName, variable: str, how: str = "", named: str = ""
    ) -> ModelAuthError:
        usable = ", ".join(self.usable()) or "none"
        return ModelAuthError(
            f'This deployment cannot use "{model}": {variable}{named} is not set{how} where the '
            f"executor runs. Usable providers: {usable}.",
            {"model": str(model), "provider": model.provider.name, "variable": variable},
        )


def _url_of(base: str, model: ModelName, variable: str) -> WebUrl:
    try:
        url = parse_url(base)
    except FetchDeniedError:
        url = None
    if url is None or url.query or "#" in base:
        raise SetupError(
            f'The base URL that {variable or "the deployment"} sets for "{model}" cannot be used: '
            "it must be an http or https URL without user, query and fragment."
        )
    return url
