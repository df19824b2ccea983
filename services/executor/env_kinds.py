"""Which variables of the environment may be secrets, by their names."""

from __future__ import annotations

# Variables that configure programs and are not secrets: by their name, first word or last words.
_NO_SECRETS = frozenset(
    {
        "APPDATA", "CI", "CI_NAME", "COLORTERM", "FORCE_COLOR", "HOME", "HOSTNAME", "LANG",
        "LOCALAPPDATA", "LOG_LEVEL", "NODE_ENV", "NO_COLOR", "PATH", "PORT", "SHELL", "TERM", "TZ",
        "USER", "USERPROFILE", "XDG",
    }
)  # fmt: skip
_SETTINGS_OF = ("TERM_", "XDG_")
_SETTINGS = frozenset(
    {
        "DEBUG", "DIR", "ENDPOINT", "ENV", "HOST", "LOG", "ORIGIN", "PROXY", "REGION", "TIMEOUT",
        "URI", "URL", "VERSION",
    }
)  # fmt: skip


# Parts of the names of most keys.
_KEYS = (
    *("APIKEY", "AUTH", "BEARER", "CERT", "CREDENTIAL", "DSN", "JWT", "KEY", "PASS", "PRIVATE"),
    *("PWD", "SALT", "SECRET", "SIGN", "TOKEN"),
)


def is_key(name: str) -> bool:
    """Tell whether a variable is a key by its name."""
    words = name.upper().split("_")
    return any(word.startswith(_KEYS) or word.endswith(("KEY", "TOKEN")) for word in words)


def may_be_secret(name: str) -> bool:
    """Tell whether a variable may be a key, a token or a password."""
    upper = name.upper()
    if upper in _NO_SECRETS or upper.startswith(_SETTINGS_OF) or upper.endswith("_LOG_LEVEL"):
        return False
    return upper.rpartition("_")[2] not in _SETTINGS


def may_be_plain(name: str) -> bool:
    """Tell whether a variable may be an address or a setting of the program itself."""
    return name.upper() not in _NO_SECRETS and not name.upper().startswith(_SETTINGS_OF)
