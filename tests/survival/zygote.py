"""Forks executors: what takes seconds, the imports, is done once, and a killed one is soon back.

Each line on standard input starts an executor: a JSON object of its environment, the file of its
log, and the file to which it writes its address once it serves. Its process id is answered. Each
executor is a process as any other, and is the main one of its own session. All end when the pipe
ends that is their life.

    python -m tests.survival.zygote DESCRIPTOR_OF_THE_PIPE URL_OF_THE_MODEL
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading

from services.executor.__main__ import main
from services.executor.adapters.litellm.model import LiteLLMModel, ModelTimeouts
from services.executor.agent.ports import ModelQuery
from services.executor.conversation import ModelRoute, UserMessage
from services.executor.settings import keep_litellm_quiet
from services.front.foreground import leave
from tests.survival.world import Script


def tether(life: int) -> None:
    """Kill this process when the pipe ends."""
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGKILL)


def begin(order: dict[str, object], life: int) -> None:
    """Become an executor; does not return."""
    os.setsid()
    log = os.open(str(order["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    ready = os.open(str(order["ready"]), os.O_WRONLY | os.O_CREAT, 0o600)
    environment = order["environment"]
    assert isinstance(environment, dict)
    os.environ.update(environment)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    threading.Thread(target=tether, args=(life,), name="tether", daemon=True).start()
    sys.argv = ["executor", "--ready-fd", str(ready)]
    leave(main())


async def imported(url: str) -> None:
    """Import what executors import when they have started, and with the first query."""
    environment = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": url}
    model = LiteLLMModel(ModelTimeouts(connect_s=5.0, silence_s=5.0), environment.get)
    message = UserMessage(Script("first", 0, steps=0).message())
    query = ModelQuery(ModelRoute("openai/gpt-x"), "", [message], [], {})
    async for _ in model.stream(query):
        pass
    await model.close()


def serve() -> None:
    """Fork until standard input ends."""
    life = int(sys.argv[1])
    keep_litellm_quiet()
    asyncio.run(imported(sys.argv[2]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if not pid:
            begin(order, life)
        print(pid, flush=True)


if __name__ == "__main__":
    serve()
