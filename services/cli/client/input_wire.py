"""What runs wait for, and the answers to it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from caisson.executor.v1 import executor_service_pb2 as pb
from caisson.executor.v1 import message_pb2, run_pb2
from caisson.executor.v1.executor_service_pb2_grpc import ExecutorServiceStub
from services.cli.client.clients import open_channel
from services.cli.client.shown import message_line
from services.cli.client.wire import wanted_of
from services.cli.domain import ListedInput


@dataclass(frozen=True)
class Reply:
    """An answer: exactly one of its fields is set; ``result``, ``input`` are JSON text.

    An empty ``denied`` denies without a reason, and an empty ``input`` approves as it is.
    """

    input: str | None = None
    denied: str | None = None
    result: str | None = None
    error: str | None = None


async def inputs_of(address: str, run_id: str) -> AsyncGenerator[ListedInput, None]:
    """Yield what a run waits for, or with an empty id all runs; raises CliError."""
    async with open_channel(address) as channel:
        stub, request = ExecutorServiceStub(channel), pb.ListInputsRequest(run_id=run_id)
        while True:
            page = await stub.ListInputs(request)
            for each in page.inputs:
                yield _listed(each)
            request.page_token = page.next_page_token
            if not request.page_token:
                return


async def answer_input(address: str, run_id: str, input_id: str, reply: Reply) -> None:
    """Answer what a run waits for; raises CliError, also if it has another answer."""
    request = pb.AnswerInputRequest(
        run_id=run_id, input_id=input_id, request_id=f"cli-{secrets.token_hex(8)}"
    )
    if reply.denied is not None:
        request.deny.reason = reply.denied
        request.deny.SetInParent()
    elif reply.result is not None:
        request.result.output.CopyFrom(message_pb2.JsonValue(json_text=reply.result))
    elif reply.error is not None:
        request.result.error_text = reply.error
    else:
        request.approve.SetInParent()
        if reply.input:
            request.approve.edited_input.json_text = reply.input
    async with open_channel(address) as channel:
        await ExecutorServiceStub(channel).AnswerInput(request)


def _listed(each: run_pb2.Input) -> ListedInput:
    line = message_line(each)
    return ListedInput(each.run_id, wanted_of(each.required), line)
