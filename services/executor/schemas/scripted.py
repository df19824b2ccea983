"""The fake of ``ports.py`` for tests: checks in this process, without limits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.executor.clients import Client
from services.executor.schemas.check_wire import with_more
from services.executor.schemas.ports import Checked, Outcome
from services.executor.schemas.validators import Validators


@dataclass(eq=False)
class LocalSchemas:
    """Checks at once; ``stopped``, if set, is the reason with which every check stops."""

    stopped: str = ""
    asked: list[str] = field(default_factory=list)
    _validators: Validators = field(default_factory=lambda: Validators(1 << 24))

    async def compile(self, schema: bytes, client: Client) -> Checked:
        """Tell whether a schema is usable."""
        if self.stopped:
            return Checked(Outcome.STOPPED, reason=self.stopped)
        return self._validators.compile(schema)

    async def check(self, schema: bytes, text: str, name: str, client: Client) -> Checked:
        """Check a text."""
        self.asked.append(text)
        if self.stopped:
            return Checked(Outcome.STOPPED, reason=self.stopped)
        *_, checked = self._validators.check(schema, text, name)
        return with_more(checked, checked.compact.encode()) if checked.compact else replace(checked)

    async def close(self) -> None:
        """Do nothing."""
