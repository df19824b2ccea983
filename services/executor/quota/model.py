"""What is limited, for whom, and what is asked of a store of quotas.

All amounts are whole numbers, money is in billionths of a US dollar, and times are in microseconds.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from services.executor.quota.windows import SECOND_US, Window

MOST_AMOUNT: Final = 2**53 - 1
"""The most of any amount: the script of Valkey counts in doubles."""
POLL_US: Final = 1_000_000
"""The hint where nobody can know when there is room: a run may end at any time."""
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9_.@/-]{1,128}\Z")


class Metric(Enum):
    """What is counted; the value is its name in settings and errors."""

    REQUESTS = "requests"
    RUNS = "runs"
    RUNS_AT_ONCE = "runs_at_once"
    TOKENS = "tokens"
    NANO_USD = "nano_usd"
    FUEL = "fuel"
    EGRESS_BYTES = "egress_bytes"


class SubjectKind(Enum):
    """Whose quota it is."""

    ORGANISATION = "organisation"
    KEY = "key"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose quota it is: an organisation, or a key or an agent of it."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        """Return it as errors name it: ``key:7f3a``."""
        return f"{self.kind.value}:{self.name}"

    @property
    def tag(self) -> str:
        """The same, bounded and of plain characters: names of agents are others' texts."""
        return f"{self.kind.value}:{plain(self.name)}"


def plain(name: str) -> str:
    """Return a name as it is if it is short and plain, else a digest of it."""
    if PLAIN_NAME.match(name):
        return name
    return "#" + hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:32]


def shown(metric: Metric, amount: int) -> str:
    """Return an amount for people; money is in US dollars."""
    if metric is not Metric.NANO_USD:
        return f"{amount:,}"
    return f"{amount / 10**9:,.9f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``burst`` at once, and one more every ``interval_us``."""

    subject: Subject
    metric: Metric
    interval_us: int
    burst: int

    @property
    def name(self) -> str:
        """Its name in a store, within the organisation."""
        return f"{self.metric.value}|rate|{self.subject.tag}"

    def __str__(self) -> str:
        """Return it as errors tell it."""
        per_hour = 3600 * SECOND_US / self.interval_us
        units = ((3600, "second"), (60, "minute"), (1, "hour"))
        size, unit = next((each for each in units if per_hour >= each[0]), units[-1])
        article = "an" if unit == "hour" else "a"
        return f"{per_hour / size:.4g} {article} {unit}, and {self.burst:,} at once"


@dataclass(frozen=True, slots=True)
class Amount:
    """At most ``most`` in a window."""

    subject: Subject
    metric: Metric
    window: Window
    most: int

    @property
    def name(self) -> str:
        """Its name in a store, within the organisation."""
        return f"{self.metric.value}|{self.window.value}|{self.subject.tag}"

    def __str__(self) -> str:
        """Return it as errors tell it."""
        return f"{shown(self.metric, self.most)} a {self.window.value}"


@dataclass(frozen=True, slots=True)
class AtOnce:
    """At most ``most`` runs at once."""

    subject: Subject
    most: int

    @property
    def metric(self) -> Metric:
        """What is counted."""
        return Metric.RUNS_AT_ONCE

    @property
    def name(self) -> str:
        """Its name in a store, within the organisation."""
        return f"{self.metric.value}|lease|{self.subject.tag}"

    def __str__(self) -> str:
        """Return it as errors tell it."""
        return f"{self.most:,} at once"


Limit: TypeAlias = Rate | Amount | AtOnce


@dataclass(frozen=True, slots=True)
class Charge:
    """What is to be taken of a limit. ``reserved``: the run gives back what it does not use."""

    limit: Limit
    cost: int = 1
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """That a run goes on; it lapses ``lasts_us`` after it was renewed."""

    run_id: str
    lasts_us: int


@dataclass(frozen=True)
class Take:
    """All of this, or nothing.

    Attributes:
        organisation: whose limits they are; nothing of one organisation touches another's.
        charges: what is taken.
        lease: the run that takes it. Taking for the same run again changes nothing.
        more: takes more for a run that has taken before.
    """

    organisation: str
    charges: tuple[Charge, ...]
    lease: Lease | None = None
    more: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """What a run has used in all.

    ``known`` of it was charged before, which counts only where the store knows nothing of the run.
    """

    metric: Metric
    total: int
    known: int = 0


@dataclass(frozen=True)
class Settle:
    """What a run has used, that it goes on (its lease is renewed), or that it has ended.

    Since totals are sent and not what was added, settling twice charges once.

    Attributes:
        organisation: whose limits they are.
        lease: the run, and until when it keeps its places.
        totals: what it has used.
        limits: the limits of its subjects.
        ends: gives back its places, and what it has reserved and not used.
    """

    organisation: str
    lease: Lease
    totals: tuple[Total, ...] = ()
    limits: tuple[Limit, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """It was taken, at this time of the store."""

    at_us: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """A limit that is reached.

    If several are, the one that lasts longest. After ``wait_us`` it allows the same again if
    nobody else takes it; None if it never does.
    """

    at_us: int
    limit: Limit
    wait_us: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled.

    Attributes:
        at_us: the store's time.
        used: the totals that are charged now, in the order that they were sent in; more than was
            sent where an earlier process has charged more.
        over: a limit of which nothing is left, neither reserved by the run nor free.
    """

    at_us: int
    used: tuple[int, ...] = ()
    over: Refusal | None = None
