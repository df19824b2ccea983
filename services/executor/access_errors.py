"""The errors of who asks, for whom and how much; ``errors`` has their place among the others."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.errors import ExecutorError, RequestError


class UnauthenticatedError(RequestError):
    """The request has no credential, or one that is not valid; which fault it has is not told."""

    reason = "UNAUTHENTICATED"


class ForbiddenError(RequestError):
    """The caller is known, and its roles do not allow what it asks."""

    reason = "PERMISSION_DENIED"


class BundleNotAllowedError(RequestError):
    """The deployment runs only agents that were deployed."""

    reason = "BUNDLE_NOT_ALLOWED"


class DeploymentNotFoundError(RequestError):
    """The organisation has no such agent, version or label."""

    reason = "DEPLOYMENT_NOT_FOUND"


class ReachNotApprovedError(RequestError):
    """Nobody approved what this version may reach."""

    reason = "REACH_NOT_APPROVED"


class VersionChangedError(RequestError):
    """Another request has changed it since it was read."""

    reason = "VERSION_CHANGED"


class KeyNotFoundError(RequestError):
    """The organisation has no such API key."""

    reason = "KEY_NOT_FOUND"


@dataclass(eq=False)
class QuotaError(ExecutorError):
    """A quota is used up, as ``google.rpc.QuotaFailure`` tells it.

    Args:
        metric: what is counted, such as ``runs_at_once`` or ``tokens_per_day``.
        limit: how much of it is allowed.
        subject: whose it is, such as ``organisation:acme``.
    """

    reason = "QUOTA_EXCEEDED"

    metric: str = ""
    limit: int = 0
    subject: str = ""


class IssuerAwayError(ExecutorError):
    """The keys of a token's issuer cannot be fetched, and none are known yet; retry."""

    reason = "ISSUER_UNAVAILABLE"


class QuotaStoreError(ExecutorError):
    """The store of quotas cannot be reached, and the policy is to refuse then; retry."""

    reason = "QUOTA_STORE_UNAVAILABLE"
