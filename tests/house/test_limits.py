"""Equivalent limits have the same default in every part."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from caisson.executor.v1 import run_pb2 as pb
from services.cli.inputs import MAX_BUNDLE_BYTES, MAX_MESSAGE_BYTES
from services.executor import settings as executor
from services.executor.adapters.bundle_open import BundleReading
from services.executor.adapters.database.session_room import StoreBounds
from services.executor.adapters.database.sessions import LoadBounds
from services.executor.adapters.litellm.model import ModelTimeouts
from services.executor.adapters.litellm.stream_bounds import StreamBounds
from services.executor.agent.attempts import RetryPolicy
from services.executor.agent.compaction import HistoryBudget
from services.executor.budgets import RAISED_BY, BudgetKind, BudgetReached
from services.executor.egress.response_body import FetchBounds
from services.executor.limits import DeploymentLimits, ToolCallLimits
from services.executor.planner_setup import limits_of
from services.executor.run_database import LOADED_OF_SHOWN
from services.executor.wire.requests import MAX_MESSAGE_BYTES as TAKEN_MESSAGE_BYTES
from services.front.secret_files import secret_files
from services.toolrunner import assembly as toolrunner_assembly
from services.toolrunner import settings as toolrunner
from services.toolrunner.checks import Bounds
from services.toolrunner.domain import Limits
from services.toolrunner.pool.worker_bounds import WorkerBounds
from services.toolrunner.service import StreamBounds as RunnerStreamBounds

ROOT = Path(__file__).resolve().parents[2]
EXECUTOR, TOOLRUNNER = executor.Settings(), toolrunner.Settings()
VARIABLE = re.compile(r"\bCAISSON_(?:EXECUTOR|TOOLRUNNER)_[A-Z_]*[A-Z]\b(?![_{*])")
FIELDS = {
    module.PREFIX + each.name.upper(): each
    for module in (executor, toolrunner)
    for each in fields(module.Settings)
}
KNOWN = {*FIELDS, *secret_files(FIELDS)}


def test_errors_and_documents_name_existing_settings() -> None:
    texts = [
        *(ROOT / "services").rglob("*.py"),
        *(ROOT / "services/toolrunner/guest/prelude/src").rglob("*.js"),
        *(ROOT / "docs").glob("*.md"),
        *ROOT.glob("*.md"),
    ]
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in texts
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > len(KNOWN)
    assert {each for each in named if each[1] not in KNOWN} == set()


@pytest.mark.parametrize("kind", list(BudgetKind))
def test_every_budget_names_its_field_and_setting(kind: BudgetKind) -> None:
    field, setting = RAISED_BY[kind]
    assert field in pb.RunLimits.DESCRIPTOR.fields_by_name
    assert executor.PREFIX + setting in KNOWN
    text = BudgetReached(kind, 1, 1).text
    assert f"`spec.limits.{field}`" in text
    assert f"{executor.PREFIX}{setting}." in text


def test_both_services_accept_the_same_bundles() -> None:
    assert EXECUTOR.bundle_bytes == TOOLRUNNER.program_bytes
    assert EXECUTOR.bundle_bytes < EXECUTOR.message_bytes
    assert EXECUTOR.bundle_bytes < MAX_BUNDLE_BYTES
    assert EXECUTOR.runs <= TOOLRUNNER.streams < TOOLRUNNER.connection_streams
    assert MAX_MESSAGE_BYTES == TAKEN_MESSAGE_BYTES


def test_executor_limits_fit_the_toolrunners_range() -> None:
    ranges = {each.name: each.metadata for each in fields(executor.Settings)}
    for each in fields(toolrunner.Settings):
        if each.name.startswith("call_"):
            mine = ranges[each.name.replace("call_", "tool_", 1)]
            bounds = (mine["low"], mine["high"])
            assert bounds == (each.metadata["low"], each.metadata["high"]), each.name
    assert {each.name for each in fields(ToolCallLimits)} == {each.name for each in fields(Limits)}


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        (BundleReading().max_bundle_bytes, EXECUTOR.bundle_bytes),
        (BundleReading().fetch_timeout_s, EXECUTOR.bundle_fetch_timeout_s),
        (BundleReading().max_redirects, EXECUTOR.bundle_fetch_redirects),
        (BundleReading().parse_timeout_s, EXECUTOR.parse_timeout_s),
        (BundleReading().parse_memory_bytes, EXECUTOR.parse_memory_bytes),
        (BundleReading().waiting_bytes, EXECUTOR.waiting_bundle_bytes),
        (BundleReading().connect_s, EXECUTOR.toolrunner_connect_s),
        (FetchBounds().request_bytes, EXECUTOR.tool_fetch_request_bytes),
        (FetchBounds().timeout_s, EXECUTOR.tool_fetch_timeout_s),
        (ModelTimeouts().connect_s, EXECUTOR.model_connect_s),
        (ModelTimeouts().silence_s, EXECUTOR.model_silence_s),
        (StreamBounds().answer_bytes, EXECUTOR.model_answer_bytes),
        (StreamBounds().answer_events, EXECUTOR.model_answer_events),
        (StreamBounds().idle_events, EXECUTOR.model_idle_events),
        (StoreBounds().run_bytes, EXECUTOR.session_run_bytes),
        (StoreBounds().session_bytes, EXECUTOR.session_bytes),
        (StoreBounds().resource_bytes, EXECUTOR.session_resource_bytes),
        (StoreBounds().resource_sessions, EXECUTOR.session_resource_count),
        (StoreBounds().store_bytes, EXECUTOR.session_store_bytes),
        (LoadBounds().messages, LOADED_OF_SHOWN * EXECUTOR.history_messages),
        (LoadBounds().text_bytes, LOADED_OF_SHOWN * EXECUTOR.history_bytes),
        (RetryPolicy().retries, EXECUTOR.model_retries),
        (RetryPolicy().first_wait_s, EXECUTOR.model_retry_first_wait_s),
        (RetryPolicy().longest_wait_s, EXECUTOR.model_retry_wait_s),
        (HistoryBudget().messages, EXECUTOR.history_messages),
        (HistoryBudget().text_bytes, EXECUTOR.history_bytes),
        (DeploymentLimits(), limits_of(EXECUTOR)),
        (Bounds(), toolrunner_assembly.stream_bounds(TOOLRUNNER)),
        (
            WorkerBounds(load_limits=TOOLRUNNER.load_limits),
            toolrunner_assembly.pool_bounds(TOOLRUNNER).worker,
        ),
        (RunnerStreamBounds().streams, TOOLRUNNER.streams),
        (RunnerStreamBounds().open_s, TOOLRUNNER.open_timeout_s),
        (RunnerStreamBounds().idle_s, TOOLRUNNER.stream_idle_s),
        (RunnerStreamBounds().stall_s, TOOLRUNNER.peer_stall_s),
        (RunnerStreamBounds().unread_bytes, TOOLRUNNER.unread_bytes),
    ],
)
def test_parts_default_to_the_settings_defaults(part: object, settings: object) -> None:
    assert part == settings
