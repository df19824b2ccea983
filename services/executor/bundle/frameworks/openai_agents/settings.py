"""The settings of the OpenAI Agents SDK, of releases 0.3 to 0.20.

They are those of agents, and of their ``modelSettings``.
"""

from __future__ import annotations

from services.executor.agent_parts import HookName
from services.executor.bundle.frameworks.ai_sdk.settings import RETRIES, TIME
from services.executor.bundle.frameworks.openai_agents.runs import RUNS
from services.executor.bundle.frameworks.openai_agents.tool_settings import TOOL
from services.executor.bundle.frameworks.setting_table import (
    Handling,
    Setting,
    SettingTable,
    each,
    honoured,
    hook,
    noted,
    refusing,
    sent,
    told,
)

_LISTED = "Caisson does not send it: it is only listed in the manifest"
_INPUT = "all run before the first query; a tripwire ends the run before anything happens"
_OUTPUT = "they see the last answer before the client does; a tripwire ends the run"
_CACHES = "Caisson marks prompts for the caches of providers itself"

SETTINGS = SettingTable(
    agent={
        "name": honoured("what the agent is called"),
        **each(honoured("it is listed"), "description", "handoffDescription", "metadata"),
        "instructions": honoured("the system prompt"),
        "model": honoured("the models to ask, in order"),
        "modelSettings": honoured("the settings of the model query"),
        "tools": honoured("the tools to offer"),
        "outputType": honoured("the answer must have this form"),
        "toolUseBehavior": honoured("which calls end the run; the sandbox asks functions"),
        "resetToolChoice": sent("resetToolChoice"),
        "handoffs": honoured("the model is offered them; the sandbox runs `handoff()`'s functions"),
        "inputGuardrails": hook(HookName.INPUT_GUARDRAILS, _INPUT),
        "outputGuardrails": hook(HookName.OUTPUT_GUARDRAILS, _OUTPUT),
        "prompt": refusing("Caisson does not send it: the model would lack its instructions"),
        "mcpServers": honoured("the tools of these servers are offered"),
        "mcpConfig": noted("schemas are offered as the servers write them"),
        "handoffOutputTypeWarningEnabled": noted("agents that hand over may answer in other forms"),
    },
    model={
        "toolChoice": honoured("the model must, or must not, call tools"),
        "frequencyPenalty": sent("frequencyPenalty"),
        "maxTokens": sent("maxOutputTokens"),
        "parallelToolCalls": sent("parallelToolCalls"),
        "presencePenalty": sent("presencePenalty"),
        "reasoning": sent("reasoning"),
        "temperature": sent("temperature"),
        "topP": sent("topP"),
        "store": Setting(
            Handling.HONOURED, "OpenAI and Azure are told; others keep no answers", "store"
        ),
        "providerData": told(_LISTED, "providerData"),
        "text": told(_LISTED, "text"),
        "truncation": told(_LISTED, "truncation"),
        "contextManagement": told("long conversations are shortened by Caisson, not the provider"),
        "timeoutMs": told(TIME),
        "retry": noted(RETRIES),
        **each(noted(_CACHES), "promptCacheOptions", "promptCacheRetention"),
        "preserveRawUsage": noted("Caisson counts tokens itself"),
    },
    tool=TOOL,
    runs=RUNS,
)
