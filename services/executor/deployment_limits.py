"""The limits that a deployment sets for each run, from the settings."""

from __future__ import annotations

from services.executor.limits import DeploymentLimits
from services.executor.settings import Settings


def limits_of(settings: Settings) -> DeploymentLimits:
    """Return the deployment's limits of a run."""
    return DeploymentLimits(
        max_steps=settings.max_steps,
        timeout_s=settings.run_timeout_s,
        tool_text_bytes=settings.tool_text_bytes,
        tool=settings.tool_limits,
        max_tool_calls=settings.max_tool_calls,
        max_input_tokens=settings.max_input_tokens,
        max_output_tokens=settings.max_output_tokens,
        max_cost_usd=settings.max_cost_usd,
        first_token_s=settings.model_first_token_s,
        token_gap_s=settings.model_silence_s,
        tool_time_s=settings.tool_time_s,
    )
