"""The egress policy of a deployment, from its settings; reports all problems at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from services.executor.adapters.http.exchange import factory_of, tls_context
from services.executor.adapters.http.name_service import NameService
from services.executor.adapters.key_file import deployment_key
from services.executor.adapters.secret_sources import EnvironmentSecrets, Providers, kept_for
from services.executor.adapters.vault import VaultServer
from services.executor.egress.bindings import bindings_of
from services.executor.egress.environment import PlainValue, values_problem
from services.executor.egress.policy import EgressPolicy, grants_of, read_policy
from services.executor.errors import SetupError
from services.executor.run_settings import KEY_IS_MISSING
from services.executor.settings import PREFIX, Settings
from services.front.settings_fields import all_told


def policy_of(settings: Settings, environment: Mapping[str, str]) -> EgressPolicy:
    """Return the configured policy of the tools.

    Raises:
        SetupError: settings are wrong, or secrets have no value; the message names them all.
    """
    policy, problems = checked_policy(settings, environment)
    if problems:
        raise SetupError(all_told([text for _, text in problems]))
    return policy


def checked_policy(
    settings: Settings, environment: Mapping[str, str]
) -> tuple[EgressPolicy, list[tuple[str, str]]]:
    """Return the readable part of the policy, and the problems, each with its variable."""
    problems: list[tuple[str, str]] = []

    @contextmanager
    def of(setting: str) -> Iterator[None]:
        try:
            yield
        except SetupError as error:
            problems.append((PREFIX + setting, str(error)))

    policy = EgressPolicy()
    for rule in settings.allow_fetch:
        with of("ALLOW_FETCH"):
            policy = policy.joined(EgressPolicy(grants_of([rule])))
    with of("BUNDLE_FETCH_HOSTS"):
        grants_of(settings.bundle_fetch_hosts)
    for text in settings.secrets:
        with of("SECRETS"):
            bindings_of([text], EnvironmentSecrets(environment.get))
    if not any(variable == f"{PREFIX}SECRETS" for variable, _ in problems):
        bound = bindings_of(settings.secrets, EnvironmentSecrets(environment.get))
        policy = policy.joined(EgressPolicy((), bound))
    with of("ENV"):
        if problem := values_problem(settings.env):
            raise SetupError(f"{PREFIX}ENV cannot be used. {problem}")
        plain = tuple(PlainValue(name, value) for name, value in settings.env.items())
        policy = policy.joined(EgressPolicy(env=plain))
    if settings.egress_policy:
        with of("EGRESS_POLICY"):
            document = content_of("EGRESS_POLICY", settings.egress_policy)
            policy = policy.joined(
                read_policy(document, providers_of(settings, environment).source_of)
            )
    if settings.tls_certificates:
        with of("TLS_CERTIFICATES"):
            content_of("TLS_CERTIFICATES", settings.tls_certificates)
            tls_context(settings.tls_certificates)
    with of("SECRETS"):
        check_secrets(policy)
    return policy, problems


def providers_of(settings: Settings, environment: Mapping[str, str]) -> Providers:
    """Return where secrets may come from, as the settings say."""
    connections = factory_of(settings.tls_certificates, NameService())
    vault = None
    if settings.vault_url:
        vault = VaultServer(
            settings.vault_url,
            connections,
            settings.vault_token,
            Path(settings.vault_token_file) if settings.vault_token_file else None,
            settings.vault_namespace,
        )
    kept = kept_for(settings.secret_fresh_s, settings.secret_stale_s, time.monotonic)
    return Providers(environment.get, environment, vault, kept)


def check_secrets(policy: EgressPolicy) -> None:
    """Raise SetupError naming every secret whose environment variable is not set."""
    unset = {
        each.name: variable
        for each in policy.secrets
        if isinstance(each.source, EnvironmentSecrets)
        and (variable := each.source.unset(each.name))
    }
    if unset:
        named = ", ".join(
            name if name == variable else f"{name} (from {variable})"
            for name, variable in unset.items()
        )
        raise SetupError(
            f"These secrets have no value, as their environment variables are not set: {named}. "
            f"Set the variables, or remove the secrets from {PREFIX}SECRETS and {PREFIX}"
            "EGRESS_POLICY."
        )


def content_of(setting: str, path: str) -> bytes:
    """Return the content of the file that a setting names; raises SetupError, with the path."""
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no path"
        below = "" if Path(path).is_absolute() else f", relative to {Path.cwd()}"
        raise SetupError(
            f"{PREFIX}{setting} is {path!r}{below}, which cannot be read: {why}."
        ) from None


def placeholder_key(settings: Settings, policy: EgressPolicy) -> bytes | None:
    """Return the key from which placeholders of secrets are derived; None for no key to keep.

    Raises:
        SetupError: several executors would derive different ones, or the kept key is damaged.
    """
    if not settings.key and not policy.secrets:
        return None  # no file for nothing
    if not settings.key and settings.database_url:
        raise SetupError(KEY_IS_MISSING)
    return deployment_key(settings)
