"""Why the first request of a stream was not received."""

from __future__ import annotations

from typing import Final

from google.rpc import status_pb2

from services.front.arrivals import NotReceivedError, Why
from services.toolrunner.errors import OutOfOrderError, OverloadedError, ProtocolError
from services.toolrunner.wire import to_status

RETRY_AFTER_S: Final = 1.0

SENTENCES: Final = {
    Why.WAITED: "The first request of the stream waited {limit} s for its turn; try again later.",
    Why.TOO_MANY: "{limit} streams are to send their first request, the limit "
    "(CAISSON_TOOLRUNNER_UNFINISHED_REQUESTS), and most of them are of this peer; send it at once.",
    Why.GAVE_WAY: "Other peers wait to send their first request, and after {limit} s this one was "
    "still incomplete; send it again.",
    Why.STOPPING: "This runner is being stopped; use another one.",
}


def not_received_status(error: NotReceivedError) -> status_pb2.Status:
    """Return the status of an RPC whose first request was not received."""
    limit = f"{error.limit:,.10g}"
    if error.why is Why.INCOMPLETE:
        late = f"The first request of the stream was not complete within {limit} s "
        late += "(CAISSON_TOOLRUNNER_REQUEST_TIMEOUT_S)."
        return to_status(OutOfOrderError(late))
    if error.why is Why.EMPTY:
        return to_status(OutOfOrderError("The RPC ended without a request."))
    if error.why is Why.MALFORMED:
        return to_status(ProtocolError("The request is not a message of its method."))
    text = SENTENCES[error.why].format(limit=limit)
    return to_status(OverloadedError(text, retry_after_s=RETRY_AFTER_S))
