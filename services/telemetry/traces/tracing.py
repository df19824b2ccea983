"""Traces of one process, as its settings say: none, or a tracer and what sends its spans."""

from __future__ import annotations

import importlib
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlsplit

from services.telemetry.traces.recorded import Allowance, Tracer
from services.telemetry.traces.settings import TracesSettings, headers_of

MISSING: Final = (
    "{prefix}OTLP_ENDPOINT is set, and the extra that sends traces is not installed; install it "
    "with `pip install 'caisson[otlp]'`, or leave the setting out."
)


class NotInstalledError(Exception):
    """The library that sends traces is not installed; the message says what to do."""


@dataclass(frozen=True)
class Traces:
    """The traces of one process.

    Attributes:
        tracer: begins them; None where nothing is traced.
        spans: an ``OtlpSpans``, which sends them and counts what is ``exported`` and ``dropped``;
            None where nothing is traced.
    """

    tracer: Tracer | None = None
    spans: Any = None

    @property
    def counts(self) -> dict[str, int]:
        """How many spans were exported, and how many dropped."""
        if self.spans is None:
            return {"exported": 0, "dropped": 0}
        return {"exported": self.spans.exported, "dropped": self.spans.dropped}

    async def close(self) -> None:
        """Send what waits, within a second."""
        if self.spans is not None:
            await self.spans.close()


NO_TRACES: Final = Traces()


def traces_of(
    settings: TracesSettings,
    prefix: str,
    service: str,
    *,
    wishes_per_s: float = 0.0,
    trusting: bool = False,
    takes_content: bool = False,
) -> Traces:
    """Return the traces of this process; what sends them is imported only if there are any.

    Args:
        settings: its settings.
        prefix: of the variables of its settings.
        service: its name, where no setting gives another.
        wishes_per_s: traces a second that callers may have recorded beyond the ratio.
        trusting: callers are our own services.
        takes_content: whether spans hold what is said.

    Raises:
        NotInstalledError: the extra ``otlp`` is not installed.
    """
    if not settings.otlp_endpoint:
        return NO_TRACES
    try:
        otlp = importlib.import_module("services.telemetry.traces.otlp")
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("opentelemetry"):
            raise
        raise NotInstalledError(MISSING.format(prefix=prefix)) from None
    url = urlsplit(settings.otlp_endpoint)
    collector = otlp.Collector(
        url.netloc,
        url.scheme == "https",
        settings.otlp_ca,
        headers_of(settings.otlp_headers),
        settings.otlp_timeout_s,
    )
    resource = {
        "service.name": settings.traces_service or service,
        "service.version": version("caisson"),
        "service.instance.id": settings.traces_instance or str(uuid.uuid4()),
    }
    spans = otlp.OtlpSpans(collector, resource, version("caisson"), settings.traces_queue)
    tracer = Tracer(
        spans,
        settings.traces_ratio,
        Allowance(wishes_per_s),
        trusting=trusting,
        takes_content=takes_content,
    )
    return Traces(tracer, spans)
