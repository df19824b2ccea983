"""The settings of toolrunners, a part of the executor's: where they listen, and patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.executor.limits import TOOLRUNNER_CONNECT_S
from services.front.listening import UNIX
from services.front.settings_fields import declared, is_address, seconds

DNS: Final = "dns:///"
MOST: Final = 64


@dataclass(frozen=True)
class RunnerAddresses:
    """Toolrunners: those at ``fixed`` addresses, and all that ``names`` (HOST:PORT) resolve to."""

    fixed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def only(self) -> str:
        """The address, if there is one only and it is no name to resolve; else empty."""
        return self.fixed[0] if len(self.fixed) == 1 and not self.names else ""

    @property
    def all(self) -> tuple[str, ...]:
        """All addresses and names."""
        return (*self.fixed, *self.names)


def parse_addresses(text: str) -> RunnerAddresses:
    """Return what a setting names; raises ValueError with a sentence for what is wrong."""
    words = [word.strip() for word in text.split(",")]
    if len(words) > MOST:
        raise ValueError(f"names {len(words)} toolrunners; the limit is {MOST}.")
    names = [word.removeprefix(DNS) for word in words if word.startswith(DNS)]
    fixed = [word for word in words if not word.startswith(DNS)]
    for word in (*names, *fixed):
        if not is_address(word) or (word in names and word.startswith(UNIX)):
            raise ValueError(
                f"is {word!r}; it must be HOST:PORT such as 127.0.0.1:50052, or unix:/path, or "
                f"several of them with commas between, or {DNS}NAME:PORT for all addresses of a "
                "name."
            )
    for word in (*names, *fixed):
        if (*names, *fixed).count(word) > 1:
            raise ValueError(f"names {word} twice.")
    return RunnerAddresses(tuple(fixed), tuple(names))


@dataclass(frozen=True)
class RunnerSettings:
    """Where toolrunners are.

    Attributes:
        toolrunner: where toolrunners listen: ``host:port`` or ``unix:/path``, several with commas
            between, or ``dns:///name:port`` for all addresses of a name.
        toolrunner_connect_s: seconds to wait for a connection to a toolrunner.
        toolrunner_grace_s: seconds without an answer of any toolrunner, or of the database, after
            which health says NOT_SERVING.
    """

    toolrunner: str = declared("127.0.0.1:50052", str, "addresses with commas between")
    toolrunner_connect_s: float = seconds(TOOLRUNNER_CONNECT_S, 0.01, 60.0)
    toolrunner_grace_s: float = seconds(10.0, 0.05, 3600.0)

    @property
    def toolrunners(self) -> RunnerAddresses:
        """The parsed addresses."""
        return parse_addresses(self.toolrunner)


def wrong_runner_settings(prefix: str, values: Mapping[str, Any]) -> list[str]:
    """Return the problem of the addresses, if there is one."""
    try:
        parse_addresses(values["toolrunner"])
    except ValueError as error:
        return [f"{prefix}TOOLRUNNER {error}"]
    return []
