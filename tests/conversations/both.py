"""Runs all cases twice: by their own frameworks in Node, and by both services of Caisson."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from caisson.executor.v1.message_pb2 import JsonValue
from caisson.executor.v1.run_pb2 import BundleSource
from services.toolrunner.server import running_server as running_toolrunner
from services.toolrunner.settings import Settings as ToolRunnerSettings
from tests.conversations.cases import Case, Verdict, module_name, named
from tests.conversations.neutral import Form, Heard
from tests.conversations.scripted_models import ScriptedModels, scripted_models
from tests.e2e.pair import COMPILED, events_of, executor
from tests.executor.provider_forms import Spoken
from tests.executor.served import Client, Outcome, answered, finish
from tests.matrix.projects import HERE as MATRIX
from tests.matrix.projects import Projects
from tests.npm import installed, node, node_environment

HERE = Path(__file__).parent
JUDGE_TIMEOUT_S = 120
PACKAGES = ("ai", "zod", "@ai-sdk")
# How the agents make their models, and how they make those of the other forms.
MODEL = re.compile(r'"(?P<provider>openai/)?(?P<id>gpt-[\w.-]+)"')
MAKERS = {Form.CHAT: "openai.chat(", Form.RESPONSES: "openai(", Form.ANTHROPIC: "anthropic("}
ANTHROPIC_IMPORT = 'import { anthropic } from "@ai-sdk/anthropic";\n'
AISDK_IMPORT = 'import { aisdk } from "@openai/agents-extensions/ai-sdk";\n'


@dataclass(frozen=True)
class Conversation:
    """What the model server heard of one case, and what came of it.

    ``embedded`` are the queries to embedding models.
    ``result`` has one of these keys: ``answer``, ``waits``, ``tripped``, ``error``. Caisson's also
    have the ``text`` that its client saw, where a run failed.
    """

    queries: Sequence[Heard]
    result: dict[str, Any]
    embedded: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class Judged:
    """The conversations of all cases.

    ``by_request`` are those of cases in the Responses form where the request names the form, since
    Caisson asks OpenAI's models in the chat form. ``by_whole_answers`` are those of cases in
    the chat form by frameworks that do not stream.
    """

    by_framework: Mapping[str, Conversation]
    by_caisson: Mapping[str, Conversation]
    by_request: Mapping[str, Conversation]
    by_whole_answers: Mapping[str, Conversation]


def project(folder: Path, agents: Path = HERE / "agents") -> Path:
    """Lay out the agents, the judge and the packages of the frameworks in a folder."""
    packages = folder / "node_modules"
    packages.mkdir()
    for name in PACKAGES:
        (packages / name).symlink_to(Projects().packages("zod4") / "node_modules" / name)
    (packages / "lightfast").symlink_to(MATRIX / "sources" / "lightfast_package")
    for scope in ("@mastra", "@openai"):
        (packages / scope).mkdir()
        for each in (Projects().packages("zod4") / "node_modules" / scope).iterdir():
            (packages / scope / each.name).symlink_to(each)
    more = installed(HERE / "packages", "conversations") / "node_modules"
    # Copies, which find the frameworks of the project and none of their own.
    for name in ("@openai/agents-extensions", "@mastra/memory"):
        shutil.copytree(more / name, packages / name)
    for each in more.iterdir():
        if not each.name.startswith(("@", ".")) and not (packages / each.name).exists():
            (packages / each.name).symlink_to(each)
    for source in sorted(agents.iterdir()):
        for form in Form:
            text = in_form(source.read_text(), source.stem, form)
            (folder / module_name(source.stem, form)).write_text(text)
    shutil.copy(HERE / "judge.mjs", folder)
    return folder


def in_form(source: str, framework: str, form: Form) -> str:
    """Return a framework's agents, asking models of another form."""
    is_wrapped = form is Form.ANTHROPIC and framework == "openai_agents"

    def renamed(match: re.Match[str]) -> str:
        provider = (
            "anthropic/" if match["provider"] and form is Form.ANTHROPIC else match["provider"]
        )
        text = f'"{provider or ""}{named(match["id"], form)}"'
        return f"aisdk(anthropic({text}))" if is_wrapped else text

    found = MODEL.sub(renamed, source).replace(MAKERS[Form.CHAT], MAKERS[form])
    if form is Form.ANTHROPIC:
        found = ANTHROPIC_IMPORT + found
    return AISDK_IMPORT + found if is_wrapped else found


async def judge(
    folder: Path,
    cases: Sequence[Case],
    bundles: Mapping[str, Path],
    *,
    reach: bool = False,
    **settings: Any,
) -> Judged:
    """Run all cases by their frameworks, then by Caisson; the settings are the executor's.

    With ``reach`` tools may fetch from the model server themselves, with a brokered key.
    """
    framework = await _by_frameworks(folder, cases, whole=False)
    whole = await _by_frameworks(folder, [each for each in cases if each.is_whole], whole=True)
    return Judged(framework, *await _by_caisson(cases, bundles, settings, reach=reach), whole)


async def _by_frameworks(
    folder: Path, cases: Sequence[Case], *, whole: bool
) -> Mapping[str, Conversation]:
    async with scripted_models(scripts_of(cases)) as models:
        results = await in_node(folder, cases, variables(models.url, "/v1"), whole=whole)
    return {
        str(case): Conversation(
            heard_by(models, case, case.form), result, models.embedded[case.model_id]
        )
        for case, result in zip(cases, results, strict=True)
    }


async def in_node(
    folder: Path, cases: Sequence[Case], environment: Mapping[str, str], *, whole: bool = False
) -> list[Any]:
    """Return what comes of cases by their frameworks, whose agents are in the folder."""
    wanted = [
        {
            "bundle": str(folder / case.module),
            "form": str(case.form),
            "framework": case.framework,
            "agent": case.agent,
            "message": case.message,
            "later": case.later,
            "apart": case.apart,
            "whole": whole,
            "context": case.context,
            "waits": case.verdict is Verdict.WAITS,
            "approves": case.approves,
        }
        for case in cases
    ]
    process = await asyncio.create_subprocess_exec(
        *(node(), str(folder / "judge.mjs")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**node_environment(), **environment},
    )
    try:
        said, complaints = await asyncio.wait_for(
            process.communicate(json.dumps(wanted).encode()), JUDGE_TIMEOUT_S
        )
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, complaints.decode()
    found: list[Any] = json.loads(said.splitlines()[-1])
    return found


async def _by_caisson(
    cases: Sequence[Case],
    bundles: Mapping[str, Path],
    settings: Mapping[str, Any],
    *,
    reach: bool,
) -> tuple[Mapping[str, Conversation], Mapping[str, Conversation]]:
    runner = ToolRunnerSettings(address="127.0.0.1:0", workers=1, cache_dir=str(COMPILED))
    sources = {name: BundleSource(inline=path.read_bytes()) for name, path in bundles.items()}
    found: dict[str, Conversation] = {}
    by_request: dict[str, Conversation] = {}
    async with scripted_models(scripts_of(cases)) as models:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in variables(models.url, "").items():
                patch.setenv(name, value)
            async with running_toolrunner(runner) as toolrunner:
                more = {**settings, **(reaching(models.url) if reach else {})}
                async with executor(toolrunner, **more) as client:
                    for case in cases:
                        outcome = await _run(client, case, sources[case.module])
                        is_openai = case.form is not Form.ANTHROPIC
                        heard = heard_by(models, case, Form.CHAT if is_openai else case.form)
                        embedded = models.embedded[case.model_id]
                        found[str(case)] = Conversation(heard, _result(outcome, case), embedded)
                # Another one, for which the sessions of the runs are new.
                async with executor(toolrunner) as client:
                    for case in cases:
                        if case.form is Form.RESPONSES:
                            name = f"openai/responses/{case.model_id}"
                            outcome = await _run(client, case, sources[case.module], name)
                            heard = models.heard[case.form, case.model_id]
                            by_request[str(case)] = Conversation(heard, _result(outcome, case))
    return found, by_request


def scripts_of(cases: Sequence[Case]) -> dict[str, Sequence[Spoken]]:
    """Return the scripts of all models, by their ids: no two cases ask the same one."""
    return {model: script for case in cases for model, script in case.scripts.items()}


def heard_by(models: ScriptedModels, case: Case, form: Form) -> list[Heard]:
    """Return what the models of a case have heard, the agent's own first."""
    return [each for model in case.scripts for each in models.heard[form, model]]


def reaching(url: str) -> dict[str, Any]:
    """Return the settings with which tools may ask the model server by themselves."""
    return {
        "allow_fetch": (url,),
        "secrets": (f"OPENAI_API_KEY@{url},header=authorization",),
        "env": {"OPENAI_BASE_URL": f"{url}/v1"},
    }


def variables(url: str, path: str) -> dict[str, str]:
    """Return the environment of who asks the model server; ``path`` is added for Anthropic."""
    return {
        "OPENAI_API_KEY": "sk-test-0123456789",
        "OPENAI_BASE_URL": f"{url}/v1",
        "ANTHROPIC_API_KEY": "sk-test",
        "ANTHROPIC_BASE_URL": f"{url}{path}",
    }


async def _run(client: Client, case: Case, bundle: BundleSource, model: str = "") -> Outcome:
    """Return the outcome of the case's run, of the last one of its conversation."""
    context = dict(case.context)
    session, resource = context.pop("sessionId"), context.pop("resourceId")
    for number, message in enumerate((case.message, *case.later)):
        # The OpenAI SDK names the agent of each run: programs go on with `result.lastAgent`.
        goes_on = number > 0 and case.framework == "openai_agents"
        run = client.start(
            message,
            bundle=bundle,
            agent="" if goes_on else case.agent,
            model=model,
            session_id=f"{session}-{number}" if case.apart else session,
            resource_id=resource,
            request_context=JsonValue(json_text=json.dumps(context)),
        )
        outcome = await finish(answered(client, run, approves=case.approves))
    return outcome


def _result(outcome: Outcome, case: Case) -> dict[str, Any]:
    if outcome.code is not grpc.StatusCode.OK:
        kind = "tripped" if outcome.reason == "GUARDRAIL_TRIPPED" else "error"
        return {kind: outcome.message, "text": outcome.text}
    finish = outcome.ended.finish
    if outcome.ended.WhichOneof("detail") != "finish":
        return {"error": str(outcome.ended)}
    if finish.HasField("output"):
        output = MessageToDict(finish.output)
        return {"answer": output.get("value", json.loads(output.get("jsonText", "null")))}
    text = _last_text(outcome)
    outputs = events_of(replace(outcome, events=_own(outcome)), "tool_output_available")
    if case.framework == "openai_agents" and outputs and not text:
        # The SDK calls the output of a tool that ends a run its answer.
        return {"answer": outputs[-1]["output"]}
    return {"answer": text}


def _own(outcome: Outcome) -> list[Any]:
    """The events of the run itself, without those of nested runs."""
    return [event for event in outcome.events if not event.scope_id]


def _last_text(outcome: Outcome) -> str:
    """The text of the last model query."""
    own = _own(outcome)
    steps = [at for at, event in enumerate(own) if event.HasField("start_step")]
    return "".join(event.text_delta.delta for event in own[steps[-1] :])
