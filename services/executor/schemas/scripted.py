"""The fake of ``ports.py``: checks in this process, without limits, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.executor.clients import OWN_PROCESS, Client
from services.executor.schemas.check_wire import with_more
from services.executor.schemas.ports import Checked, Outcome
from services.executor.schemas.validators import Validators


@dataclass(eq=False)
class LocalSchemas:
    """Answers at once; ``stopped`` is what every check says instead, when it is set."""

    stopped: str = ""
    asked: list[str] = field(default_factory=list)
    _validators: Validators = field(default_factory=lambda: Validators(1 << 24))

    async def compile(self, schema: bytes, client: Client = OWN_PROCESS) -> Checked:
        """Return whether a schema can be used."""
        if self.stopped:
            return Checked(Outcome.STOPPED, reason=self.stopped)
        return self._validators.compile(schema)

    async def check(
        self, schema: bytes, text: str, name: str, client: Client = OWN_PROCESS
    ) -> Checked:
        """Check a text."""
        self.asked.append(text)
        if self.stopped:
            return Checked(Outcome.STOPPED, reason=self.stopped)
        *_, checked = self._validators.check(schema, text, name)
        return with_more(checked, checked.compact.encode()) if checked.compact else replace(checked)

    async def close(self) -> None:
        """Do nothing."""
