"""Why the first request of a stream was not received."""

from __future__ import annotations

from typing import Final

from google.rpc import status_pb2

from services.front.receive_queue import NotReceivedError, Reason
from services.toolrunner.errors import OutOfOrderError, OverloadedError, ProtocolError
from services.toolrunner.wire import to_status

RETRY_AFTER_S: Final = 1.0

SENTENCES: Final = {
    Reason.WAITED: "The first request of the stream waited {limit} s to be read; try again later.",
    Reason.TOO_MANY: "{limit} streams have not sent their first request yet, the limit "
    "(CAISSON_TOOLRUNNER_UNFINISHED_REQUESTS), and most belong to this peer; send it at once.",
    Reason.GAVE_WAY: "Other peers were waiting to send their first request, and this one was still "
    "incomplete after {limit} s; send it again.",
    Reason.STOPPING: "This runner is stopping; use another one.",
}


def not_received_status(error: NotReceivedError) -> status_pb2.Status:
    """Return the status of an RPC whose first request was not received."""
    limit = f"{error.limit:,.10g}"
    if error.why is Reason.INCOMPLETE:
        late = f"The first request of the stream was not complete within {limit} s "
        late += "(CAISSON_TOOLRUNNER_REQUEST_TIMEOUT_S)."
        return to_status(OutOfOrderError(late))
    if error.why is Reason.EMPTY:
        return to_status(OutOfOrderError("The RPC ended without a request."))
    if error.why is Reason.MALFORMED:
        return to_status(ProtocolError("The request is not a message of its method."))
    text = SENTENCES[error.why].format(limit=limit)
    return to_status(OverloadedError(text, retry_after_s=RETRY_AFTER_S))
