"""Lightfast's settings besides the AI SDK's, which its agents take as well."""

from __future__ import annotations

from services.executor.bundle.frameworks.ai_sdk.settings import SETTINGS as OF_THE_AI_SDK
from services.executor.bundle.frameworks.setting_table import SettingTable, each, honoured, noted

CONFIGS = ("lightfastConfig", "vercelConfig")

SETTINGS = SettingTable(
    agent={
        **OF_THE_AI_SDK.agent,
        "createRuntimeContext": honoured("it runs in the sandbox, for each call of a tool"),
        "cache": noted("Caisson marks prompts for the caches of providers itself"),
        **each(honoured("what a finished agent keeps"), *CONFIGS),
    },
    tool={
        **OF_THE_AI_SDK.tool,
        **each(honoured("what the tool is called"), "name"),
        **each(honoured("the model reads it"), "parameters", "schema"),
    },
)
