"""Who may use a grant or a secret."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audience:
    """Some agents, by key, of some organisations; None stands for all of them."""

    agents: frozenset[str] | None = None
    organisations: frozenset[str] | None = None

    def includes(self, agent: str, organisation: str) -> bool:
        """Tell whether an agent of an organisation is included."""
        return (self.agents is None or agent in self.agents) and (
            self.organisations is None or organisation in self.organisations
        )

    def overlaps(self, other: Audience) -> bool:
        """Tell whether some agent of some organisation is in both."""
        return _meet(self.agents, other.agents) and _meet(self.organisations, other.organisations)


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> bool:
    return one is None or other is None or bool(one & other)


EVERYBODY = Audience()
