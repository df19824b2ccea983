"""Converts recorded runs, and requests for them; see ``executor_service.proto``."""

from __future__ import annotations

from services.executor.wire.events import HEARTBEAT as HEARTBEAT_MESSAGE

HEARTBEAT = HEARTBEAT_MESSAGE.SerializeToString()
"""A heartbeat as bytes, for ``ExecuteAgentResponse`` and ``SubscribeRunResponse`` alike."""
