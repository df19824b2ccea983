"""Traps for what LiteLLM may do besides asking: other hosts, other keys, waiting on the loop."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from services.executor.adapters.litellm.model import LiteLLMModel
from services.executor.agent.deltas import ModelDelta
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.providers.table import PROVIDERS
from tests.executor.provider_forms import ANTHROPIC, GEMINI, OPENAI, Form
from tests.loopback import listening

# Of each provider an id whose own protocol is spoken.
IDS = {
    "anthropic": "claude-sonnet-4-5",
    "bedrock": "anthropic.claude-sonnet-4-5-v1:0",
    "gemini": "gemini-2.5-pro",
}
FORMS = {"anthropic": ANTHROPIC, "gemini": GEMINI}
# Those whose streams no fake here speaks; their requests are looked at all the same.
OTHER_FORMS = {"bedrock", "cohere"}
REGION = {"AWS_REGION": "us-east-1"}
# What names of variables that steer where and with what is asked have in them.
STEERING = re.compile(
    r"[\"']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|APIKEY|TOKEN|SECRET|JWT|BASE|URL|URI|HOST|"
    r"ENDPOINT|ORGANIZATION|ORG_ID|PROJECT|PROJECT_ID|HEADERS|CREDENTIALS|ID|VERSION|PROXY|"
    r"USERNAME|PASSWORD|PROFILE|PROFILE_NAME|ROLE_NAME|FILE))[\"']"
)
STEERED = {"HF_TOKEN", "USE_LITELLM_PROXY", "AWS_PROFILE", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"}


def name_of(provider: str) -> str:
    return f"{provider}/{IDS.get(provider, 'x')}"


def form_of(provider: str) -> Form:
    return FORMS.get(provider, OPENAI)


def key_of(variable: str) -> str:
    return f"value-of-{variable}."


def variables_of(provider: str, base: str = "") -> dict[str, str]:
    """Return what a deployment sets for a provider; ``base`` is its base URL, if it sets one."""
    row = PROVIDERS[provider]
    given = {variable: key_of(variable) for variable in row.keys[:1]}
    return (
        given | (REGION if provider == "bedrock" else {}) | ({row.bases[0]: base} if base else {})
    )


def steering_variables(package: Path) -> set[str]:
    """Return the names of variables that a package's source mentions, as far as they steer it."""
    files = package.rglob("*.py")
    return STEERED.union(*(STEERING.findall(file.read_text(errors="replace")) for file in files))


def query(name: str, base: str = "", key_variable: str = "") -> ModelQuery:
    return ModelQuery(ModelRoute(name, base, key_variable), "", (UserMessage("hi"),), (), {})


async def deltas(model: LiteLLMModel, asked: ModelQuery) -> list[ModelDelta]:
    return [delta async for delta in model.stream(asked)]


class Trap:
    """Takes connections, and keeps what comes with each; answers none of them."""

    def __init__(self) -> None:
        self.connections = 0
        self.url = ""

    async def serve(self, *_: object) -> None:
        self.connections += 1


@asynccontextmanager
async def trap() -> AsyncIterator[Trap]:
    made = Trap()
    async with listening(made.serve) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


class Watch:
    """The longest time, in seconds, that the event loop did nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()

    def look(self) -> None:
        """Take the time since the last look; the one at the end finds what held until then."""
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now

    async def run(self) -> None:
        """Look every 2 ms, as far as the loop lets it."""
        while True:
            await asyncio.sleep(0.002)
            self.look()


@contextmanager
def watched() -> Iterator[Watch]:
    watch = Watch()
    task = asyncio.ensure_future(watch.run())
    try:
        yield watch
    finally:
        watch.look()
        task.cancel()


def foreign_values(sent: str, own: Mapping[str, str]) -> set[str]:
    """Return the variables whose values were sent and are not the provider's own."""
    return set(re.findall(r"value-of-([A-Z0-9_]+)\.", sent)) - own.keys()
