"""The fixtures of these tests."""

from tests.metrics.programs import programs

__all__ = ["programs"]
