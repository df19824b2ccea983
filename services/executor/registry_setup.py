"""Builds the registry of agents."""

from __future__ import annotations

from dataclasses import dataclass

from services.executor.agent.ports import BundleSourceReader
from services.executor.registry.deployed_runs import DeployedRuns
from services.executor.registry.registry import AgentRegistry
from services.executor.registry_settings import ANY_BUNDLE
from services.executor.run_database import RunDatabase
from services.executor.schemas.ports import SchemaProcesses
from services.executor.settings import Settings


@dataclass(frozen=True)
class Registry:
    """Deployed agents: what changes them, and what finds the version of a run."""

    agents: AgentRegistry
    runs: DeployedRuns


def registry_of(
    settings: Settings,
    database: RunDatabase,
    bundles: BundleSourceReader,
    schemas: SchemaProcesses,
) -> Registry:
    """Return the registry on top of the database of runs, which keeps the bundles, too."""
    store, programs = database.opened.agents, database.journal
    return Registry(
        AgentRegistry(store, programs, bundles, schemas),
        DeployedRuns(store, programs, any_bundle=settings.bundles == ANY_BUNDLE),
    )
