"""Settings are read from the environment; errors name the variable."""

from __future__ import annotations

import inspect

import pytest

from services.toolrunner.domain import MIB, Limits
from services.toolrunner.errors import SetupError
from services.toolrunner.settings import PREFIX, Settings, read_settings


def test_defaults_match_documentation() -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert settings.address == "127.0.0.1:50052"
    assert settings.call_limits == Limits()
    assert settings.call_limits.timeout_s == 30
    assert settings.call_limits.memory_bytes == 256 * MIB
    assert settings.call_limits.output_bytes == MIB
    assert settings.call_limits.console_bytes == 64 * 1024
    assert settings.worker_count >= 1


def test_every_field_is_documented() -> None:
    documented = "\n".join(str(inspect.getdoc(each)) for each in Settings.__mro__)
    assert all(f"\n    {name}: " in documented for name in Settings.__dataclass_fields__)


def test_values_are_parsed() -> None:
    settings = read_settings(
        {
            f"{PREFIX}ADDRESS": "unix:/run/caisson",
            f"{PREFIX}WORKERS": "3",
            f"{PREFIX}CALL_TIMEOUT_S": "1.5",
            "HOME": "/home/somebody",
        }
    )
    assert settings.address == "unix:/run/caisson"
    assert settings.worker_count == 3
    assert settings.call_limits.timeout_s == 1.5
    assert settings.cache_dir == "/home/somebody/.cache/caisson"


def test_cache_dir_follows_xdg() -> None:
    assert read_settings({"XDG_CACHE_HOME": "/cache"}).cache_dir == "/cache/caisson"
    assert read_settings({f"{PREFIX}CACHE_DIR": "", "HOME": "/home/somebody"}).cache_dir == ""


def test_kubernetes_service_variables_are_ignored() -> None:
    linked = {f"{PREFIX}PORT": "tcp://10.0.0.1:50052", f"{PREFIX}SERVICE_HOST": "10.0.0.1"}
    assert read_settings(linked) == Settings()


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("WORKERS", "many", "WORKERS is 'many'; it must be a whole number"),
        ("WORKERS", "-1", "CAISSON_TOOLRUNNER_WORKERS is -1; it must be between 0 and"),
        ("CALL_TIMEOUT_S", "nan", "CAISSON_TOOLRUNNER_CALL_TIMEOUT_S is nan"),
        ("CALL_TIMEOUT_S", "soon", "must be a number"),
        ("CALL_OUTPUT_BYTES", str(1 << 30), "CAISSON_TOOLRUNNER_CALL_OUTPUT_BYTES"),
        ("ADDRESS", "50052", "HOST:PORT"),
        ("ADDRESS", "localhost:port", "HOST:PORT"),
        ("ADDRESS", "localhost:70000", "HOST:PORT"),
        ("ADDRESS", "unix:", "HOST:PORT"),
        ("LOG_LEVEL", "LOUD", "CAISSON_TOOLRUNNER_LOG_LEVEL is 'LOUD'"),
        ("STORE_BYTES", str(2 * MIB), "PROGRAM_BYTES .16777216. is more than three quarters of"),
        ("WORKER", "1", "Unknown setting CAISSON_TOOLRUNNER_WORKER. Did you mean"),
    ],
)
def test_wrong_values_are_reported(name: str, text: str, problem: str) -> None:
    with pytest.raises(SetupError, match=problem):
        read_settings({PREFIX + name: text})
