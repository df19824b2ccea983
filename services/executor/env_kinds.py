"""Which variables of the environment may be secrets, by their names."""

from __future__ import annotations

import re

# Variables that configure programs and are not secrets: by their name, first word or last words.
_NO_SECRETS = frozenset(
    {
        "APPDATA", "CI", "CI_NAME", "COLORTERM", "COLUMNS", "DIAGNOSTICS", "EDITOR", "FORCE_COLOR",
        "HOME", "HOSTNAME", "LANG", "LANGUAGE", "LINES", "LOCALAPPDATA", "LOGNAME", "LOG_LEVEL",
        "NODE_ENV", "NODE_OPTIONS", "NODE_PG_FORCE_NATIVE", "NO_COLOR", "PAGER", "PATH", "PORT",
        "PWD", "READABLE_STREAM", "SHELL", "TEMP", "TERM", "TMP", "TMPDIR", "TZ", "USER",
        "USERNAME", "USERPROFILE", "XDG",
    }
)  # fmt: skip
_SETTINGS_OF = ("LC_", "TERM_", "XDG_")
_SETTINGS = frozenset(
    {
        "COLOR", "DEBUG", "DIR", "DISABLED", "ENABLED", "ENDPOINT", "ENV", "FORMAT", "HOST",
        "LOCALE", "LOG", "MODE", "ORIGIN", "PORT", "PROXY", "REGION", "RETRIES", "TIMEOUT", "URI",
        "URL", "VERSION",
    }
)  # fmt: skip
# PostgreSQL's own variables, of which only the password is a secret.
_POSTGRES = re.compile(r"PG(?!PASS)[A-Z]+|PGCONNECT_TIMEOUT")
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
    if _POSTGRES.fullmatch(upper):
        return False
    return upper.rpartition("_")[2] not in _SETTINGS


def may_be_plain(name: str) -> bool:
    """Tell whether a variable may be an address or a setting of the program itself."""
    return name.upper() not in _NO_SECRETS and not name.upper().startswith(_SETTINGS_OF)
