"""Runs without a key: the offline model of ``--offline``, and the error without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.executor.providers.table import PROVIDERS
from tests.cli.command import Caisson
from tests.cli.conftest import Files

NO_KEYS = {key: "" for row in PROVIDERS.values() for key in (*row.keys, *row.bases)}


def test_offline_model_needs_no_key(caisson: Caisson, files: Files) -> None:
    result = caisson.given(NO_KEYS)("run", files.workshop, "add", "--offline")
    assert result.status == 0, result.err
    assert result.out.startswith("offline: llmock makes up tool inputs and answers")
    assert "openai/offline" in result.out
    assert "1 tool call" in result.out


def test_missing_key_error_names_model_variable_and_offline_model(
    caisson: Caisson, files: Files
) -> None:
    arguments = ("run", files.workshop, "add", "--model", "openai/gpt-5-mini")
    result = caisson.given(NO_KEYS)(*arguments)
    assert result.status == 1
    assert 'cannot use "openai/gpt-5-mini": OPENAI_API_KEY is not set' in result.err
    assert "`export OPENAI_API_KEY=...`" in result.err
    assert "caisson run --offline" in result.err


def test_unreachable_base_url_is_reported_with_its_address(caisson: Caisson, files: Files) -> None:
    given = {"OPENAI_API_KEY": "key", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}
    settings = {**NO_KEYS, **given, "CAISSON_EXECUTOR_MODEL_RETRIES": "0"}
    result = caisson.given(settings)("run", files.workshop, "add")
    assert result.status == 1
    assert "OPENAI_BASE_URL sets its base URL" in result.err
    assert "OPENAI_BASE_URL is set to http://127.0.0.1:1/v1." in result.err


def test_secret_bound_to_a_header_reaches_the_executor(caisson: Caisson, files: Files) -> None:
    settings = {**NO_KEYS, "EXA_API_KEY": "exa-key-0123456789"}
    secret = "EXA_API_KEY@api.exa.ai,header=x-api-key,method=POST"
    arguments = ("run", files.keyed, "searches", "--offline", "--secret", secret)
    result = caisson.given(settings)(*arguments)
    assert result.status == 0, result.err
    assert "secrets that are not granted" not in result.out
    assert (
        "✗ searches CAPABILITY_DENIED: " in result.out
    )  # it has its key, and no host to send it to


@pytest.mark.parametrize("option", [("--model", "openai/x"), ("--server", "127.0.0.1:1")])
def test_offline_excludes_other_model_options(
    caisson: Caisson, files: Files, option: tuple[str, str]
) -> None:
    result = caisson("run", files.workshop, "add", "--offline", *option)
    assert result.status == 2
    assert "leave out --model, --fallback and --server" in result.err


def test_missing_offline_model_says_what_to_install(
    caisson: Caisson, tmp_path: Path, files: Files
) -> None:
    hidden = tmp_path / "hidden" / "llmock"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    environment = {**NO_KEYS, "PYTHONPATH": str(hidden.parent)}
    result = caisson.given(environment)("run", files.workshop, "add", "--offline")
    assert result.status == 2
    assert "pip install llmock" in result.err
