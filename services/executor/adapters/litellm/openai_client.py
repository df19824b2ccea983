"""Spares the OpenAI client its walk through conversations.

The client looks at every value of every message and tool, once for each type that its parameters
may have there, to rename fields and to encode files and dates. That takes some 6 ms of the event
loop for a conversation of 64 calls of tools, a third of what the executor does for them. What
LiteLLM hands it is JSON already, as providers want it, so it goes around that: as ``extra_body``,
which the client sends as it is.
"""

from __future__ import annotations

import functools
from typing import Any, Final

KEPT: Final = frozenset({"model", "stream", "extra_headers", "extra_query", "timeout"})
"""What ``create`` itself reads."""


def spare_walks(completions: Any) -> None:
    """Make ``completions.create`` send its parameters as they are; done twice, it is done once.

    Args:
        completions: the client's class ``AsyncCompletions``.
    """
    create = completions.create
    if hasattr(create, "walks"):
        return

    @functools.wraps(create)
    async def created(self: Any, **parameters: Any) -> Any:
        kept = {name: value for name, value in parameters.items() if name in KEPT}
        extra = parameters.pop("extra_body", None) or {}
        body = {name: value for name, value in parameters.items() if name not in KEPT}
        return await create(self, messages=(), extra_body={**body, **extra}, **kept)

    created.walks = create  # type: ignore[attr-defined]  # marks it, for the next call
    completions.create = created
