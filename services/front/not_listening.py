"""The error of a service that cannot listen on its address, with what to do."""

from __future__ import annotations


def cannot_listen(address: str, why: Exception, service: str, setting: str = "") -> str:
    """Return why ``service`` cannot listen on ``address``, and what to do.

    ``setting`` is the name of the address's setting, if that is not the service's main one.
    """
    if setting:
        return f"Cannot listen on {address}: {why}. Choose another address: {setting}."
    another = f"CAISSON_{service.upper()}_ADDRESS, or `caisson serve --{service}`"
    if "in use" in str(why):
        return (
            f"Cannot listen on {address}: {why}. Is `caisson serve` running already? Stop what "
            f"listens there, or choose another address: {another}."
        )
    return f"Cannot listen on {address}: {why}. Choose another address: {another}."
