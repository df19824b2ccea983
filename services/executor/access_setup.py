"""Builds who is admitted, from the settings."""

from __future__ import annotations

import time
from dataclasses import dataclass

from services.executor.access.access import Access
from services.executor.access.api_keys import KeyMaker, KeyStore, pepper_of
from services.executor.access.certificates import Certificates
from services.executor.access.known_keys import KnownKeys
from services.executor.access.ports import Authenticator
from services.executor.access_settings import KEY_IS_MISSING, issuers_of
from services.executor.adapters.http.exchange import factory_of
from services.executor.adapters.http.name_service import NameService
from services.executor.adapters.jwt.key_sets import fetcher
from services.executor.adapters.jwt.tokens import Tokens
from services.executor.adapters.key_file import deployment_key
from services.executor.errors import SetupError
from services.executor.settings import Settings


@dataclass(frozen=True)
class Keys:
    """The API keys of a deployment.

    Attributes:
        store: where they are.
        maker: makes them; None where the settings admit none.
        known: admits by them; None likewise.
    """

    store: KeyStore
    maker: KeyMaker | None = None
    known: KnownKeys | None = None


def keys_of(settings: Settings, store: KeyStore) -> Keys:
    """Return the API keys that the settings admit; raises SetupError."""
    if not settings.api_keys:
        return Keys(store)
    maker = maker_of(settings)
    return Keys(store, maker, KnownKeys(store, maker, time.time_ns, time.monotonic))


def maker_of(settings: Settings) -> KeyMaker:
    """Return what makes the API keys of a deployment; raises SetupError."""
    key = deployment_key(settings)
    if key is None:
        raise SetupError(KEY_IS_MISSING)
    return KeyMaker(pepper_of(key))


def access_of(settings: Settings, keys: Keys) -> Access:
    """Return who is admitted; raises SetupError."""
    ways: list[Authenticator] = []
    if keys.known is not None:
        ways.append(keys.known)
    issuers = issuers_of(settings.jwt_issuers)
    if issuers:
        connections = factory_of(settings.tls_certificates, NameService())
        ways.append(Tokens(issuers, fetcher(connections), settings.jwks_s))
    if settings.mtls_address:
        ways.append(Certificates(settings.certificate_rules))
    return Access(tuple(ways))
