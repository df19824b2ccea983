"""Finds requests that a tool signed with a placeholder: no server can accept the signature."""

from __future__ import annotations

import re
from typing import Final

from services.executor.egress.ports import Headers
from services.executor.egress.secrets import RunSecrets
from services.executor.egress.web_url import WebUrl
from services.executor.errors import FetchDeniedError

AWS: Final = "AWS4-"
SIGNING_KEY: Final = re.compile("SECRET_ACCESS_KEY|SECRET_KEY|SIGNING_KEY")


def check_signature(secrets: RunSecrets, url: WebUrl, headers: Headers) -> None:
    """Refuse a request with an AWS signature that was made with a placeholder.

    The signing key is not in the request, so it is told by the secret in the credentials beside
    the signature, or by the name of a secret of the run.

    Raises:
        FetchDeniedError: it is signed so.
    """
    signed = [text for name, text in headers if name.lower() == "authorization" and AWS in text]
    if not signed:
        return
    names = [name for text in signed for name in secrets.named_in(text)]
    names += [name for name in secrets.env if SIGNING_KEY.search(name)]
    if names:
        raise FetchDeniedError(
            f"The request to {url.authority} is signed (AWS Signature Version 4) by the tool, "
            f"which has only a placeholder for {names[0]}: the signature cannot be right. Use an "
            "API that takes a key in a header, a presigned URL, or a service that signs."
        )
