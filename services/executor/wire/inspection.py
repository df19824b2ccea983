"""Requests for manifests, checked, and their pages."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any

from caisson.executor.v1 import executor_service_pb2 as pb
from services.executor.domain import BundleSource, DigestBundle, JsonObject, Manifest
from services.executor.errors import LimitError, RequestError
from services.executor.wire.long_requests import AT_ONCE, parsed
from services.executor.wire.manifest_pages import ManifestPages
from services.executor.wire.page_tokens import PageTokens
from services.executor.wire.request_checker import RequestChecker
from services.executor.wire.request_messages import UnparsedInspectRequest
from services.executor.wire.requests import (
    MAX_CONTEXT_BYTES,
    MAX_ID_BYTES,
    from_source,
    object_field,
)
from services.executor.wire.value_bytes import delimited

# The default limit of clients, less the message's own fields.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024 - 1024
MANIFEST = pb.InspectBundleResponse.DESCRIPTOR.fields_by_name["manifest"].number


class InspectRequest:
    """A bundle, and the requested page of its manifest.

    ``context`` is the runtime context for which its agents are to be known; None to run nothing.

    Args:
        data: the serialized ``InspectBundleRequest``, of any length.

    Raises:
        RequestError: fields are missing, too long or out of range; its violations name them all.
    """

    def __init__(self, data: bytes) -> None:
        request = parsed(data, UnparsedInspectRequest, pb.InspectBundleRequest.DESCRIPTOR)
        check = RequestChecker()
        self.source: BundleSource = from_source("bundle", request.bundle, check)
        request.ClearField("bundle")
        self._page = request
        self.context = _context(request, check)
        if request.page_size < 0:
            check.wrong("page_size", "It must not be negative; leave it out for the default.")
        check.finish()

    def response(
        self, manifest: Manifest, pages: ManifestPages, tokens: PageTokens, organisation: str
    ) -> Generator[None, None, bytes]:
        """Return the requested page, serialized, in steps.

        Raises:
            RequestError: the page token is not one of this manifest.
            LimitError: a single part of the manifest is larger than a message.
        """
        about: tuple[str, ...] = ("manifest", organisation, manifest.digest, tokens.reader)
        if self.context is not None:
            about = (*about, json.dumps(self.context, sort_keys=True))
        check = RequestChecker()
        (start,) = check.page(self._page, tokens, about) or (0,)
        check.finish()
        page = yield from pages.page(manifest, start, self._page.page_size)
        if len(page.manifest) > MAX_MESSAGE_BYTES:
            raise LimitError(
                f"A part of the manifest has {len(page.manifest)} bytes; at most "
                f"{MAX_MESSAGE_BYTES} can be sent. Make the texts of the bundle's agent smaller."
            )
        rest = pb.InspectBundleResponse()
        if page.next_start:
            rest.next_page_token = tokens.token(about, (page.next_start,))
        return delimited(MANIFEST, page.manifest) + rest.SerializeToString()


def _context(request: Any, check: RequestChecker) -> JsonObject | None:
    if not request.HasField("resolve"):
        return None
    resolve = request.resolve
    given = object_field(resolve, "request_context", MAX_CONTEXT_BYTES, check, "resolve") or {}
    session = check.text("resolve.session_id", resolve.session_id, MAX_ID_BYTES)
    resource = check.text("resolve.resource_id", resolve.resource_id, MAX_ID_BYTES)
    return {**given, "sessionId": session, "resourceId": resource}


def names_digest(data: bytes) -> bool:
    """Tell whether a request names a bundle that was read before."""
    if len(data) > AT_ONCE:
        return False
    try:
        return isinstance(InspectRequest(data).source, DigestBundle)
    except RequestError:
        return False  # reading it reports what is wrong
