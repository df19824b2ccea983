"""The agents that are compared, what their model says, and how the comparison is to end."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from tests.conversations.neutral import Form
from tests.executor.provider_forms import Call, Spoken
from tests.repeats import soaking, some

# Models that provider and framework know to keep to schemas, and those of the other two forms.
LISTED = {
    "gpt-4.1": ("gpt-4.1-2025-04-14", "claude-opus-4-5"),
    "gpt-4.1-nano-2025-04-14": ("gpt-4o-2024-11-20", "claude-opus-4-6"),
    "gpt-4o-mini": ("gpt-4o-mini-2024-07-18", "claude-haiku-4-5"),
    "gpt-4o": ("gpt-4o-2024-08-06", "claude-sonnet-4-5"),
    "gpt-4.1-mini": ("gpt-4.1-mini-2025-04-14", "claude-sonnet-4-6"),
    "gpt-5-mini": ("gpt-5-nano", "claude-opus-4-5-20251101"),
    "gpt-4.1-nano": ("gpt-4-turbo", "claude-sonnet-4-5-20250929"),
}
CONTEXT = {"user": "Ada", "tier": "pro"}


# Agents whose frameworks are run once more without streaming where not all are.
WHOLE = {
    *("adder", "guide", "recovering", "redone", "deciding", "stepping", "steered"),
    *("triaging", "crowding"),
}
# Where a framework itself does other things when it does not stream.
_PIECES = "what sees the pieces of an answer is shown one piece"
_TEXTS = "the text of the run is that of all its steps"
STREAMS_APART = {
    "reviewing": "the parts of a step are in another order",
    "tailored": "it fails if the model calls no tool although it must",
    "streaming": _PIECES,
    "blockedStream": _PIECES,
    "outStep": _TEXTS,
    "resulting": _TEXTS,
}


AGAIN = ("Again",)


class Verdict(Enum):
    """What is to be seen of a case.

    EQUAL: the queries and the result are those of the framework. WAITS: the same, once both have
    waited for a person's approval. FAILS: both fail, after the same queries. REFUSED: Caisson runs
    it not at all, and says which setting it is that it does not honour. TRIPPED: both are stopped
    by a guardrail or a processor, after the same queries or before the one that an SDK makes
    meanwhile.
    """

    EQUAL = "equal"
    WAITS = "waits"
    FAILS = "fails"
    REFUSED = "refused"
    TRIPPED = "tripped"


@dataclass(frozen=True)
class Case:
    """One agent and its script; ``told`` is what the refusal must name.

    Each of ``later`` is the message of one more run in the same conversation, or with ``apart`` in
    one of its own; what comes of the last counts, and its queries show what is kept.
    ``cast`` are the scripts of the models that its nested agents ask, by their ids.
    ``approves`` tells whether calls that wait for a person are approved.
    ``gap`` is the cause for which Caisson differs from the framework, empty where it does not. With
    ``mends`` the agent mends inputs, which both write into the conversation.
    """

    framework: str
    agent: str
    script: Sequence[Spoken] = ()
    verdict: Verdict = Verdict.EQUAL
    told: str = ""
    gap: str = ""
    message: str = "Hello"
    model: str = ""
    form: Form = Form.CHAT
    mends: bool = False
    later: tuple[str, ...] = ()
    apart: bool = False
    cast: Mapping[str, Sequence[Spoken]] = field(default_factory=dict)
    approves: bool = True

    def __str__(self) -> str:
        """Return the case's name."""
        name = f"{self.framework}-{self.agent}"
        return name if self.form is Form.CHAT else f"{self.form}-{name}"

    @property
    def is_whole(self) -> bool:
        """Whether the framework runs it once more, without streaming."""
        is_asked = soaking() or self.agent in WHOLE
        return is_asked and self.form is Form.CHAT and self.agent not in STREAMS_APART

    @property
    def module(self) -> str:
        """The name of the file that holds the agent."""
        return module_name(self.framework, self.form)

    @property
    def inputs(self) -> dict[str, str]:
        """What the model sends to tools, by the ids that the model server gives the calls."""
        return {
            numbered(call, step).id: call.input_text
            for step, spoken in enumerate(self.script, 1)
            for call in spoken.calls
        }

    @property
    def context(self) -> dict[str, Any]:
        """The context of the run, whose session and resource are its own."""
        return {**CONTEXT, "sessionId": f"session-{self}", "resourceId": f"resource-{self}"}

    @property
    def scripts(self) -> dict[str, Sequence[Spoken]]:
        """The scripts of all models that are asked, the agent's own first."""
        others = {named(model, self.form): script for model, script in self.cast.items()}
        return {self.model_id: self.script, **others}

    @property
    def model_id(self) -> str:
        """The id of the model that the agent asks."""
        return named(self.model or f"gpt-{self.agent}", self.form)


def module_name(framework: str, form: Form) -> str:
    """Return the name of the file with a framework's agents in one form."""
    return f"{framework}.{form}.mjs"


def named(model: str, form: Form) -> str:
    """Return the id of the model that takes the place of an OpenAI model in a form."""
    if form is Form.CHAT:
        return model
    at = (Form.RESPONSES, Form.ANTHROPIC).index(form)
    if model in LISTED:
        return LISTED[model][at]
    if form is Form.ANTHROPIC:
        return f"claude-sonnet-4-5-{model[4:]}"
    first, between, more = model.partition("--")
    return f"{first}-r{between}{more}"


def numbered(call: Call, step: int) -> Call:
    """Give a call an id that none of another answer has."""
    return replace(call, id=f"{call.id}_{step}")


def says(*words: str) -> Spoken:
    """Return an answer in text."""
    return Spoken(words=words)


def calls(*wanted: tuple[str, Any], words: Sequence[str] = ()) -> Spoken:
    """Return an answer that calls tools; inputs that are text are sent as they are."""
    made = [
        Call(f"call_{at}", tool, [given if isinstance(given, str) else json.dumps(given)])
        for at, (tool, given) in enumerate(wanted)
    ]
    return Spoken(words=words, calls=made)


DONE = says("Done", ".")
ADD = calls(("add", {"a": 2, "b": 3}))
TWO = (("add", {"a": 1}), ("row", {"tag": "c"}))
OSLO = {"city": "Oslo"}
WEATHER = calls(("weather", OSLO))
TIME = calls(("time", OSLO))
FIND = calls(("find", OSLO))
FINDING = calls(("find", OSLO), words=["Look", "ing"])
LOOKING = calls(("weather", OSLO), words=["Look", "ing"])


def hands(*names: str, words: Sequence[str] = ()) -> Spoken:
    """Return an answer that hands over to agents of these names."""
    return calls(*((f"transfer_to_{name}", {}) for name in names), words=words)


THRICE = [FINDING, DONE, DONE]
SPOKEN = [says("First."), says("Sec", "ond."), says("Third."), says("Fourth.")]
THREE = ("B", "C", "D")


def noted(notes: Any) -> Spoken:
    """Return an answer that keeps notes in the working memory."""
    return calls(("updateWorkingMemory", {"memory": notes}), words=["I note it."])


NOTE = calls(("updateWorkingMemory", {"memory": "# User Information\n- **First Name**: Ada"}))
NOTED = [NOTE, *SPOKEN]
RESEARCH = calls(("research", {"input": "Oslo"}))
RESEARCHED = [WEATHER, says("It ", "rains.")]
REFUSED, WAITS, FAILS = Verdict.REFUSED, Verdict.WAITS, Verdict.FAILS
TRIPPED = Verdict.TRIPPED

RETURNED = ("text", "empty", "nothing", "none", "number", "list", "dated")
THOUGHT = Spoken(reasoning=("Add ", "them."), words=("Adding.",), calls=ADD.calls)

AI_SDK = [
    Case("ai_sdk", "plain", [DONE]),
    Case("ai_sdk", "named", [DONE]),
    Case("ai_sdk", "looped", [ADD, DONE]),
    Case("ai_sdk", "adder", [calls(("add", {"a": 2}), words=["Adding."]), ADD, DONE]),
    Case(
        "ai_sdk",
        "parsing",
        [calls(("row", {"id": "5", "tag": " ab "}), ("row", {"tag": "c"})), DONE],
    ),
    Case("ai_sdk", "showing", [calls(("row", {"tag": "c"})), DONE]),
    Case("ai_sdk", "catching", [calls(("failing", {}), ("add", {"a": 1})), DONE]),
    Case("ai_sdk", "chosen", [ADD, ADD, DONE]),
    Case("ai_sdk", "stopped", [ADD, calls(("row", {"tag": "c"})), DONE]),
    Case("ai_sdk", "counted", [calls(("add", {"a": 1})), ADD, DONE]),
    Case("ai_sdk", "structured", [says('{"mood":"good",', '"score":2}')], model="gpt-4.1"),
    Case("ai_sdk", "messaged", [calls(("history", {})), DONE]),
    Case("ai_sdk", "strict", [ADD, DONE]),
    Case("ai_sdk", "refined", [ADD, DONE]),
    Case("ai_sdk", "contextual", [calls(("price", {})), DONE]),
    Case("ai_sdk", "approving", [calls(("add", {"a": 9})), DONE], WAITS),
    Case("ai_sdk", "declining", [calls(("add", {"a": 9})), DONE], WAITS, approves=False),
    Case(
        "ai_sdk",
        "returns",
        [
            calls(*((name, {}) for name in RETURNED)),
            DONE,
        ],
    ),
    Case("ai_sdk", "contents", [calls(("parts", {}), ("json", {})), DONE]),
    Case("ai_sdk", "faulty", [calls(("error", {}), ("json", {}), ("denied", {})), DONE]),
    Case("ai_sdk", "refusing", [calls(("add", {"a": "x"})), DONE]),
    Case("ai_sdk", "missing", [calls(("sub", {"a": 1})), DONE]),
    Case("ai_sdk", "blank", [calls(("nothing", "")), DONE]),
    Case("ai_sdk", "hooked", [ADD, DONE]),
    Case("ai_sdk", "denied", [ADD, DONE]),
    Case("ai_sdk", "passed", [ADD, DONE]),
    Case(
        "ai_sdk", "listing", [ADD, says('{"elements":[{"n":1}]}')], model="gpt-4.1-nano-2025-04-14"
    ),
    Case("ai_sdk", "choosing", [says('{"result":"yes"}')], model="gpt-4o-mini"),
    Case("ai_sdk", "pictured", [calls(("photo", {}), ("scan", {})), DONE]),
    Case("ai_sdk", "reasoned", [THOUGHT, DONE], model="gpt-5-mini"),
    Case("ai_sdk", "preparing", [ADD, DONE]),
    Case("ai_sdk", "prepared", [DONE]),
    Case("ai_sdk", "moving", [ADD, DONE]),
    Case("ai_sdk", "restating", [ADD, ADD, DONE]),
    Case("ai_sdk", "trimming", [calls(*TWO), calls(*TWO), ADD, DONE]),
    Case("ai_sdk", "injecting", [calls(*TWO), ADD, DONE]),
    Case("ai_sdk", "narrowing", [calls(("row", {"tag": "c"}), ("add", {"a": 1})), DONE]),
    Case(
        "ai_sdk",
        "watching",
        [
            calls(*TWO, words=["Now."]),
            calls(("failing", {}), ("shown", {"tag": "s"})),
            DONE,
        ],
    ),
    Case("ai_sdk", "reviewing", [calls(("add", {"a": "x"}), ("sub", {}), ("add", {"a": 1})), DONE]),
    Case("ai_sdk", "spending", [ADD, ADD, DONE]),
    Case("ai_sdk", "satisfied", [ADD, calls(("add", {"a": 1}), words=["It is enough."]), DONE]),
    Case("ai_sdk", "mending", [calls(("add", {"a": "5"})), DONE], mends=True),
    Case(
        "ai_sdk",
        "renaming",
        [calls(("plus", {"a": 5})), calls(("add", {"a": "x"})), DONE],
        mends=True,
    ),
    Case("ai_sdk", "resigned", [calls(("add", {"a": "x"})), DONE]),
    Case("ai_sdk", "despairing", [calls(("add", {"a": "x"})), DONE]),
    Case("ai_sdk", "mistaken", [calls(("add", {"a": "x"})), DONE]),
    Case("ai_sdk", "tailored", [ADD, ADD, DONE]),
    Case("ai_sdk", "reduced", [calls(("row", {"tag": "c"})), DONE]),
    Case("ai_sdk", "untouched", [ADD, calls(("add", {"a": "x"})), DONE]),
]
OPENAI_AGENTS = [
    Case("openai_agents", "greeting", [DONE]),
    Case("openai_agents", "nameless", [DONE]),
    Case("openai_agents", "dynamic", [calls(("weather", OSLO), ("premium", OSLO)), DONE]),
    Case("openai_agents", "prefixed", [DONE]),
    Case("openai_agents", "tuned", [calls(("weather", OSLO)), DONE]),
    Case("openai_agents", "kept", [calls(("weather", OSLO)), DONE]),
    Case(
        "openai_agents",
        "guarded",
        [calls(("refused", OSLO), ("censored", OSLO), ("passed", OSLO)), DONE],
    ),
    Case("openai_agents", "erring", [calls(("broken", OSLO), ("mended", OSLO)), DONE]),
    Case("openai_agents", "first", [calls(("weather", OSLO)), DONE]),
    Case("openai_agents", "stopping", [calls(("weather", OSLO)), calls(("time", OSLO)), DONE]),
    Case("openai_agents", "typed", [says('{"city":"Oslo",', '"days":2}')], model="gpt-4o"),
    Case("openai_agents", "loose", [calls(("free", {"n": 1, "more": [1, None]})), DONE]),
    Case("openai_agents", "contextual", [calls(("whoami", OSLO)), DONE], model="gpt-context"),
    Case("openai_agents", "approving", [calls(("pay", OSLO)), DONE], WAITS, model="gpt-needing"),
    Case(
        *("openai_agents", "declining", [calls(("pay", OSLO)), DONE], WAITS),
        model="gpt-declined",
        approves=False,
    ),
    Case(
        "openai_agents",
        "returns",
        [calls(*((name, OSLO) for name in ("number", "list", "object"))), DONE],
        model="gpt-returning",
    ),
    Case("openai_agents", "late", [calls(("slow", OSLO)), DONE]),
    Case("openai_agents", "refusing", [calls(("weather", {"city": 1})), DONE], model="gpt-misfit"),
    Case(
        "openai_agents",
        "voiding",
        [calls(*((name, OSLO) for name in ("nothing", "none", "code"))), DONE],
    ),
    Case("openai_agents", "raising", [calls(("broken", OSLO)), DONE], FAILS),
    Case("openai_agents", "wordless", [DONE], model="gpt-saying-nothing"),
    Case("openai_agents", "tripping", [DONE], TRIPPED, '"strict" was tripped: {"name":"strict"}'),
    Case("openai_agents", "minding", [WEATHER, DONE]),
    Case("openai_agents", "blocking", [WEATHER, DONE], TRIPPED, '"secret" was tripped'),
    Case("openai_agents", "breaching", [], FAILS),
    Case("openai_agents", "typing", [says('{"city":"Oslo"}')], model="gpt-4o-2024-08-06"),
    Case("openai_agents", "deciding", [WEATHER, calls(("time", OSLO)), DONE]),
    Case("openai_agents", "shaping", [WEATHER, DONE], model="gpt-4o-2024-11-20"),
    Case("openai_agents", "checking", [WEATHER, DONE], TRIPPED, '"tools" was tripped'),
    Case("openai_agents", "recovering", [LOOKING, DONE, says("Fine")], later=AGAIN),
    Case("openai_agents", "alarmed", [WEATHER, DONE], TRIPPED, "Tool input guardrail triggered"),
    Case("openai_agents", "alarming", [WEATHER, DONE], TRIPPED, "Tool output guardrail triggered"),
]
HANDOFFS = [
    Case("openai_agents", "handing", [DONE]),
    Case("openai_agents", "triaging", [hands("Weather_Agent"), WEATHER, DONE]),
    Case(
        "openai_agents",
        "rallying",
        [WEATHER, hands("Pong"), TIME, hands("Ping"), WEATHER, hands("Pong"), DONE],
    ),
    Case("openai_agents", "wiping", [LOOKING, hands("Clean", words=["Over."]), DONE]),
    Case(
        "openai_agents",
        "trimming",
        [LOOKING, hands("Short", words=["Over."]), DONE],
        model="gpt-shortening",
    ),
    Case(
        "openai_agents",
        "escalating",
        [calls(("escalate", {"reason": "angry", "level": 2})), DONE],
    ),
    Case("openai_agents", "misreading", [calls(("transfer_to_Boss", {"level": "x"}))], FAILS),
    Case("openai_agents", "gating", [hands("Pro"), DONE]),
    Case(
        "openai_agents",
        "mixing",
        [calls(("weather", OSLO), ("transfer_to_After", {}), ("time", OSLO)), DONE],
    ),
    Case("openai_agents", "crowding", [hands("Two", "One", "Three"), DONE]),
    Case(
        "openai_agents",
        "switching",
        [WEATHER, hands("Large"), TIME, DONE],
    ),
    Case("openai_agents", "railing", [hands("Railed"), DONE]),
    Case("openai_agents", "barring", [hands("Barred"), DONE], TRIPPED, '"barred" was tripped'),
    Case(
        "openai_agents",
        "forming",
        [hands("Formed"), says('{"city":"Oslo"}')],
        model="gpt-4o-mini-2024-07-18",
    ),
    Case(
        "openai_agents",
        "stoppingAfter",
        [calls(("weather", OSLO), ("transfer_to_Stopped", {})), TIME],
        model="gpt-stopping-after",
    ),
    Case("openai_agents", "clashing", [calls(("transfer_to_Other", {})), DONE]),
    Case(
        "openai_agents",
        "returning",
        [hands("Later"), TIME, DONE, DONE],
        model="gpt-returning-later",
        later=AGAIN,
    ),
    Case(
        "openai_agents",
        "forgetting",
        [LOOKING, hands("Blank", words=["Over."]), TIME, DONE, DONE],
        later=("Again",),
    ),
    Case(
        "openai_agents",
        "failingOver",
        [calls(("broken", OSLO), ("transfer_to_Never", {}))],
        FAILS,
        model="gpt-failing-over",
    ),
    Case(
        "openai_agents",
        "bothFiltering",
        [LOOKING, hands("Middle", words=["Over."]), TIME, hands("End"), DONE],
        model="gpt-both-filtering",
    ),
]
OPENAI_AGENTS += [
    Case(
        "openai_agents",
        "translating",
        [calls(("to_spanish", {"input": "Hi"}), ("Italian", {"input": "Hi"})), DONE],
        cast={"gpt-spanish": [says("Ho", "la")], "gpt-italian": [says("Ciao")]},
    ),
    Case("openai_agents", "writing", [RESEARCH, DONE], cast={"gpt-writing-1": RESEARCHED}),
    Case(
        "openai_agents",
        "managing",
        [calls(("write", {"input": "Of Oslo"})), DONE],
        cast={"gpt-managing-1": [RESEARCH, says("Oslo.")], "gpt-managing-2": RESEARCHED},
    ),
    Case(
        "openai_agents",
        "extracting",
        [RESEARCH, RESEARCH, DONE],
        cast={"gpt-extracting-1": [*RESEARCHED, says("Dry.")]},
    ),
    Case(
        "openai_agents",
        "asking",
        [calls(("shape", {"input": "It"})), DONE],
        cast={"gpt-4.1-2025-04-14": [says('{"city":"Oslo",', '"days":2}')]},
    ),
    Case("openai_agents", "excusing", [calls(("away", {"input": "x"})), DONE]),
    Case(
        "openai_agents",
        "toggling",
        [calls(("pro", {"input": "x"})), DONE],
        cast={"gpt-toggling-1": [says("Ciao")]},
    ),
    Case("openai_agents", "limiting", [RESEARCH, DONE], cast={"gpt-limiting-1": RESEARCHED}),
    Case("openai_agents", "pressing", [calls(("wary", {"input": "x"})), DONE]),
    Case(
        *("openai_agents", "careful", [calls(("spanish", {"input": "x"})), DONE], WAITS),
        approves=False,
    ),
    Case(
        "openai_agents",
        "relaying",
        [RESEARCH],
        cast={"gpt-relaying-1": [says("Hola")]},
    ),
    Case(
        "openai_agents",
        "leaning",
        [calls(("fragile", {"input": "x"})), DONE],
        cast={"gpt-fragile": [calls(("broken", OSLO)), DONE]},
    ),
]
MASTRA = [
    Case("mastra", "calm", [DONE]),
    Case("mastra", "guide", [calls(("find", OSLO), ("report", OSLO)), DONE]),
    Case("mastra", "listed", [DONE]),
    Case(
        "mastra",
        "defaulted",
        [calls(("find", OSLO)), calls(("find", OSLO)), DONE],
        model="gpt-4.1-nano",
    ),
    Case("mastra", "stripping", [calls(("find", OSLO)), DONE]),
    Case("mastra", "presenting", [calls(("find", OSLO)), DONE]),
    Case("mastra", "repairing", [calls(("find", {"city": "Oslo", "days": None})), DONE]),
    Case("mastra", "tenanted", [calls(("whoami", OSLO)), DONE]),
    Case("mastra", "breaking", [calls(("find", OSLO)), DONE]),
    Case("mastra", "objecting", [says('{"city":"Oslo"}')], model="gpt-4.1-mini"),
    Case("mastra", "approving", [calls(("pay", OSLO)), DONE], WAITS, model="gpt-approval"),
    Case(
        "mastra",
        "returns",
        [calls(("text", OSLO), ("list", OSLO), ("number", OSLO)), DONE],
        model="gpt-results",
    ),
    Case("mastra", "unfit", [calls(("find", OSLO)), DONE]),
    Case("mastra", "refusing", [calls(("find", {"days": "x"})), DONE], model="gpt-unfitting"),
    Case("mastra", "held", [calls(("find", OSLO)), DONE], WAITS, approves=False),
    Case("mastra", "wordless", [DONE], FAILS),
    Case("mastra", "silent", [DONE]),
    Case("mastra", "processing", [DONE]),
    Case("mastra", "rewriting", [FIND, DONE], message="\uff28ello  you "),
    Case("mastra", "joining", [DONE]),
    Case("mastra", "stepping", [FIND, DONE]),
    Case("mastra", "refusingInput", [], TRIPPED, "bad words", model="gpt-refusing-input"),
    Case("mastra", "refusingStep", [FIND], TRIPPED, "bad step", model="gpt-refusing-step"),
    Case("mastra", "failingInput", [], FAILS, model="gpt-failing-input"),
    Case("mastra", "streaming", [FINDING, says("Do", "ne", ".")]),
    Case("mastra", "blockedStream", [DONE], TRIPPED, "bad out", model="gpt-blocked-stream"),
    Case("mastra", "outStep", [FINDING, DONE], model="gpt-out-step"),
    Case("mastra", "noCalls", [FINDING], TRIPPED, "no calls", model="gpt-no-calls"),
    Case("mastra", "again", [says("bad"), FIND, says("bad"), says("bad"), says("good")]),
    Case("mastra", "onlyOnce", [says("bad")], TRIPPED, "never", model="gpt-only-once"),
    Case("mastra", "resulting", [FINDING, DONE]),
    Case("mastra", "retrying", [DONE], REFUSED, "errorProcessors"),
    Case("mastra", "moderated", [DONE], REFUSED, "inputProcessors[0]"),
    Case("mastra", "badResult", [DONE], TRIPPED, "bad result", model="gpt-bad-result"),
    Case("mastra", "redacting", [DONE]),
    Case("mastra", "redone", THRICE, later=AGAIN),
    Case("mastra", "respoken", THRICE, later=AGAIN),
    Case("mastra", "voiced", THRICE, later=AGAIN),
    Case("mastra", "stopped", [FINDING, DONE], later=AGAIN, model="gpt-stopped-short"),
    Case("mastra", "restating", THRICE, later=AGAIN, model="gpt-restating-input"),
    Case("mastra", "prepared", THRICE, later=AGAIN, model="gpt-prepared-steps"),
    Case("mastra", "halting", [calls(("find", OSLO)), calls(("find", OSLO)), DONE]),
    Case("mastra", "yielding", [calls(("find", OSLO)), DONE]),
    Case("mastra", "recallingOne", [FINDING, *SPOKEN], later=THREE, model="gpt-recalling-one"),
    Case("mastra", "recallingTwo", [FINDING, *SPOKEN], later=THREE, model="gpt-recalling-two"),
    Case(
        "mastra",
        "recallingThree",
        [SPOKEN[0], FINDING, *SPOKEN[1:]],
        later=THREE,
        model="gpt-recalling-three",
    ),
    Case("mastra", "recallingNone", [FINDING, *SPOKEN], later=THREE, model="gpt-recalling-none"),
    Case(
        "mastra",
        "recallingTen",
        [*SPOKEN, FINDING, *SPOKEN],
        later=(*THREE, "E", "F", "G", "H"),
        model="gpt-recalling-ten",
    ),
    Case("mastra", "threadless", [FINDING, DONE]),
    Case("mastra", "noting", [NOTE, FINDING, DONE, *SPOKEN], later=THREE),
    Case("mastra", "notingApart", NOTED, later=THREE, apart=True, model="gpt-noting-apart"),
    Case("mastra", "notingThread", NOTED, later=THREE, model="gpt-noting-thread"),
    Case("mastra", "notingElsewhere", NOTED, later=THREE, apart=True, model="gpt-noting-elsewhere"),
    Case(
        "mastra",
        "notingTemplate",
        [
            noted("# Trip\n- City: Oslo\n- Days:"),
            SPOKEN[0],
            noted("# Trip\n - City:\n- Days:\n"),
            *SPOKEN[1:],
        ],
        later=THREE,
        model="gpt-noting-template",
    ),
    Case(
        "mastra",
        "notingJson",
        [
            noted({"name": "Ada", "home": {"city": "Oslo"}, "pets": ["a", "b"]}),
            SPOKEN[0],
            noted({"home": {"rooms": 2}, "pets": ["c"]}),
            SPOKEN[1],
            noted({"pets": 5}),
            *SPOKEN[2:],
        ],
        later=THREE,
        model="gpt-noting-json",
    ),
    Case("mastra", "recallingAll", [DONE], REFUSED, "memory.semanticRecall"),
]
MASTRA += [
    Case(
        "mastra",
        "editing",
        [calls(("agent-author", {"prompt": "Hi"}), ("report", OSLO)), DONE],
        cast={"gpt-editing-1": [says("Writ", "ten")]},
    ),
    Case(
        "mastra",
        "editingTwice",
        [
            calls(("agent-author", {"prompt": "First"}), words=["I ask."]),
            calls(("agent-finder", {"prompt": "Then"})),
            DONE,
        ],
        model="gpt-editing-twice",
        cast={
            "gpt-editing-twice-1": [says("Written")],
            "gpt-editing-twice-2": [FIND, says("Found")],
        },
    ),
    Case(
        "mastra",
        "instructing",
        [
            calls(("agent-finder", {"prompt": "Go", "instructions": "Be brief.", "maxSteps": 3})),
            DONE,
        ],
        cast={"gpt-instructing-1": [FIND, says("Found")]},
    ),
    Case(
        "mastra",
        "publishing",
        [calls(("agent-editor", {"prompt": "Now"})), DONE],
        cast={
            "gpt-publishing-1": [calls(("agent-author", {"prompt": "Do"})), says("Edited")],
            "gpt-publishing-2": [says("Written")],
        },
    ),
    Case("mastra", "searching", [calls(("agent-lost", {"prompt": "x"})), DONE]),
]
LIGHTFAST = [
    Case("lightfast", "keeper", [DONE]),
    Case("lightfast", "searcher", [calls(("search", {"text": " a "})), DONE]),
    Case("lightfast", "scoped", [calls(("more", {"text": "b", "limit": 1})), DONE]),
    Case(
        "lightfast",
        "required",
        [calls(("search", {"text": "c"})), calls(("search", {"text": "d"})), DONE],
    ),
    Case(
        "lightfast",
        "steered",
        [calls(("more", {"text": "c"})), calls(("more", {"text": "d"})), DONE],
    ),
]
CHAT_CASES = [*AI_SDK, *OPENAI_AGENTS, *HANDOFFS, *MASTRA, *LIGHTFAST]
# Of the handoffs, those that are the same in another form. The SDK asks for strict inputs of
# handoffs in OpenAI's Responses form, and not in the chat form, in which Caisson asks. For
# Anthropic, LiteLLM adds a tool of its own where an agent without tools is shown calls.
SAME_HANDOFFS = {(Form.ANTHROPIC, name) for name in ("triaging", "wiping", "switching")}
PARTS = "OpenAI's chat form, in which Caisson asks, has no images in a tool's result"
JOINED = "the AI SDK joins texts side by side in the Responses form"
UNDESCRIBED = "LiteLLM sends Anthropic no description of a whole input"
GAPS_OF_OTHERS = {
    **{(Form.RESPONSES, name): PARTS for name in ("contents", "pictured")},
    **{(Form.RESPONSES, name): JOINED for name in ("notingTemplate", "notingJson")},
    (Form.ANTHROPIC, "notingJson"): UNDESCRIBED,
}
OTHER_FORMS = [
    replace(case, form=form, gap=GAPS_OF_OTHERS.get((form, case.agent), case.gap))
    for form in (Form.RESPONSES, Form.ANTHROPIC)
    for case in CHAT_CASES
    # A request names a form for its own agent, not for those that are called.
    if not case.cast and (case not in HANDOFFS or (form, case.agent) in SAME_HANDOFFS)
]
# One agent of each framework stands for the others where not all are compared.
SAMPLE = {"ai_sdk-pictured", "openai_agents-tuned", "mastra-guide", "lightfast-scoped"}
CASES = [
    *some(CHAT_CASES, 3, lambda case: (case.framework, case.verdict, bool(case.gap))),
    *(each for each in OTHER_FORMS if soaking() or f"{each.framework}-{each.agent}" in SAMPLE),
]
