"""The manifest as ``inspect --json`` prints it, with the arguments that grant what tools use."""

from __future__ import annotations

from services.executor.bundle.frameworks.registry import ASKING_MODULES
from services.executor.bundle.manifest.manifest_json import to_json
from services.executor.bundle.reach.absences import why_missing
from services.executor.domain import JsonObject, Manifest
from services.executor.egress.grants import grants_for
from services.executor.tool_reach import Reach


def with_arguments(manifest: Manifest) -> JsonObject:
    """Return the manifest as JSON, with the arguments that grant what each tool uses.

    Those of an agent itself are for its MCP servers.
    """
    whole = to_json(manifest)
    del whole["module"]  # only the executor's concern
    agents = whole["agents"]
    assert isinstance(agents, dict)
    for key, agent in agents.items():
        assert isinstance(agent, dict)
        servers = grants_for((), servers=manifest.agents[key].mcp_servers)
        agent["suggestedArguments"] = list(servers.arguments())
        tools = agent["tools"]
        assert isinstance(tools, dict)
        for name, tool in tools.items():
            assert isinstance(tool, dict)
            declared = manifest.agents[key].tools[name]
            found = grants_for([declared], ASKING_MODULES).arguments()
            tool["suggestedArguments"] = list(found)
            reach = declared.reach or Reach()
            tool["missingReasons"] = {each: why_missing(reach, each) for each in reach.missing}
    return whole
