"""The form of a framework's table of settings: what each means, and what Caisson does with it.

Each ``<name>/settings.py`` holds one. The reader of agents and tools obeys it, the table in
``docs/agent-settings.md`` is made of it, and a test compares it with the framework's own types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from services.executor.agent_parts import HookName
from services.executor.bundle.evaluate.evaluate import Evaluator
from services.executor.bundle.evaluate.values import Value
from services.executor.domain import Severity


class Level(Enum):
    """Where a setting is written."""

    AGENT = "agent"
    OPTIONS = "default options"
    MODEL = "model settings"
    TOOL = "tool"


class Handling(Enum):
    """What Caisson does with a setting.

    ``HONOURED``: what it says is done; where it cannot be read, the sandbox is asked for it, or its
    agent or tool is disabled.
    ``ASKED``: the sandbox runs its function where the framework does.
    ``TOLD``: it is not used, which changes nothing of what is allowed; a diagnostic says so.
    ``REFUSING``: it cannot be honoured, so that its agent or tool is disabled.
    """

    HONOURED = "honoured"
    ASKED = "asked"
    TOLD = "told"
    REFUSING = "refusing"


@dataclass(frozen=True)
class Setting:
    """One setting: how it is handled, and what that means for a run, as a clause.

    ``query`` is its name among the settings of a model query in the manifest, if it is one.
    ``severity`` is that of the diagnostic of a setting that is only told; None if the reader of
    that setting says it itself. ``hook`` is the hook that its function is, if any: of a setting
    that is ``ASKED``, all of it, else what a reader of its own does not know (``stopWhen``).
    """

    handling: Handling
    meaning: str
    query: str = ""
    severity: Severity | None = Severity.WARNING
    hook: HookName | None = None

    @property
    def is_read_apart(self) -> bool:
        """Whether a reader of its own decides which of its functions are a hook."""
        return self.hook is not None and self.handling is not Handling.ASKED


Settings = Mapping[str, Setting]
JudgeOption: TypeAlias = Callable[[Evaluator, Value], tuple[Severity, str] | None]


@dataclass(frozen=True, eq=False)
class RunForm:
    """How programs run agents of a framework themselves, and what they may say there.

    Attributes:
        functions: functions and methods that are given an agent first, by the place of the options.
        methods: methods of an agent, by the place of the options.
        unread: other methods that run it, whose options are not looked at.
        refused: methods that run it in a way that Caisson does not, with why.
        closing: options without which a run would do what the program rules out.
        lost: others that change a run.
        harmless: options that requests to Caisson have of their own, or that change no answer.
        judged: options whose value decides what is said of them, as a severity and a sentence;
            None for nothing.
    """

    functions: Mapping[str, int] = field(default_factory=dict)
    methods: Mapping[str, int] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    closing: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    judged: Mapping[str, JudgeOption] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SettingTable:
    """All settings of a framework, by their level, and what its programs say of their own runs."""

    agent: Settings
    tool: Settings
    options: Settings = field(default_factory=dict)
    model: Settings = field(default_factory=dict)
    runs: RunForm = field(default_factory=RunForm)

    def levels(self) -> Iterator[tuple[Level, Settings]]:
        """Yield the levels that the framework has, with their settings."""
        yield Level.AGENT, self.agent
        if self.options:
            yield Level.OPTIONS, self.options
        if self.model:
            yield Level.MODEL, self.model
        yield Level.TOOL, self.tool


def honoured(meaning: str) -> Setting:
    """Return a setting that Caisson honours."""
    return Setting(Handling.HONOURED, meaning)


def sent(name: str) -> Setting:
    """Return a setting that each model query carries, under this name in the manifest."""
    return Setting(Handling.HONOURED, "each model query carries it", query=name)


def asked(meaning: str) -> Setting:
    """Return a setting whose function the sandbox runs."""
    return Setting(Handling.ASKED, meaning)


def hook(name: HookName, meaning: str) -> Setting:
    """Return a setting whose function the sandbox runs around model queries."""
    return Setting(Handling.ASKED, meaning, hook=name)


def told(meaning: str, query: str = "") -> Setting:
    """Return a setting that is not used, which a warning says."""
    return Setting(Handling.TOLD, meaning, query)


def noted(meaning: str, query: str = "") -> Setting:
    """Return a setting that is not used, which loses nothing of the run."""
    return Setting(Handling.TOLD, meaning, query, Severity.INFO)


def listed(meaning: str) -> Setting:
    """Return a setting that the manifest lists and no run uses, as its reader says."""
    return Setting(Handling.TOLD, meaning, severity=None)


def refusing(meaning: str) -> Setting:
    """Return a setting that disables its agent or tool."""
    return Setting(Handling.REFUSING, meaning)


def each(setting: Setting, *names: str) -> dict[str, Setting]:
    """Return the same for several names."""
    return dict.fromkeys(names, setting)


# Words of names that say who may do what, when, or how much: by their stems, or whole.
_STEMS = (
    "abort access allow approv authenti authori block budget censor confirm consent constrain "
    "deadline den[iy] disabl disallow enabl exclu filter forbid guard human interrupt limit "
    "moderat permi polic prevent prohibit protect quota readonly redact refus reject requir "
    "restrict saniti scope secur suspend timeout trust valid verif whitelist blacklist"
)
_WHOLE = (
    "auth authz ban bans banned cap caps check checks gate gates gated mask masks max min must "
    "only rate rates review reviews safe safety stop stops"
)
_RESTRICTING = re.compile(f"(?:{'|'.join(_STEMS.split())}).*|{'|'.join(_WHOLE.split())}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def sounds_restricting(name: str) -> bool:
    """Tell whether the name of an unknown setting sounds as if it restricted its agent or tool."""
    return any(_RESTRICTING.fullmatch(word.lower()) for word in _WORD.findall(name[:200]))
