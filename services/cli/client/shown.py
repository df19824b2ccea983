"""Messages and times, as all commands show them."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.show.outside_text import json_line


def message_line(message: Message) -> str:
    """Return a message as one line of proto3 JSON, without the final newline."""
    return json_line(json_format.MessageToDict(message))


def local_minute(stamp: Timestamp, absent: str = "") -> str:
    """Return a time to the minute, on this machine's clock; ``absent`` if it is not set."""
    if not stamp.seconds:
        return absent
    return datetime.fromtimestamp(stamp.seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
