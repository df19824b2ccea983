"""Which option or setting sets a limit that was met, by the kind of the failure or budget."""

from __future__ import annotations

# Of `caisson tool`. Kinds whose limit has no option name the setting in their own message.
TOOL_OPTIONS = {
    "DEADLINE_EXCEEDED": "--timeout-s X",
    "FUEL_EXHAUSTED": "--fuel N",
    "MEMORY_EXCEEDED": "--memory-mib N",
}
# Of a run: the option of `caisson run`, where there is one, and the executor's setting.
BUDGET_OPTIONS = {
    "steps": ("--max-steps", "CAISSON_EXECUTOR_MAX_STEPS"),
    "tool-calls": ("--max-tool-calls", "CAISSON_EXECUTOR_MAX_TOOL_CALLS"),
    "input-tokens": ("", "CAISSON_EXECUTOR_MAX_INPUT_TOKENS"),
    "output-tokens": ("--max-output-tokens", "CAISSON_EXECUTOR_MAX_OUTPUT_TOKENS"),
    "cost": ("--max-cost", "CAISSON_EXECUTOR_MAX_COST_USD"),
    "tool-time": ("", "CAISSON_EXECUTOR_TOOL_TIME_S"),
}
# What an agent of the bundle may set of these itself.
_OF_BUNDLES = {"steps"}


def tool_limit(kind: str) -> str:
    """Return how to raise the limit of ``caisson tool`` that a failure met, "" for none."""
    option = TOOL_OPTIONS.get(kind, "")
    return f"{option} raises this limit." if option else ""


def run_limit(kind: str) -> str:
    """Return what sets the budget of ``kind``, "" where it is not known."""
    option, setting = BUDGET_OPTIONS.get(kind, ("", ""))
    own = "the bundle's own" if kind in _OF_BUNDLES else ""
    sources = [each for each in (option, setting, own) if each]
    if len(sources) < 2:
        return f"{setting} sets this limit." if setting else ""
    return f"This limit is the lowest of {', '.join(sources[:-1])} and {sources[-1]}."
