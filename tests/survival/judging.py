"""What must hold of runs that have been through faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from caisson.executor.v1 import run_event_pb2 as pb
from tests.survival.grammar import check_log
from tests.survival.world import Script, World

RETURNED = pb.TOOL_OUTCOME_RETURNED


@dataclass(eq=False)
class Judged:
    """What was seen of all runs, for the note."""

    runs: int = 0
    events: int = 0
    restarted: int = 0
    resumed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    not_returned: Collection[int] = (pb.TOOL_OUTCOME_UNFINISHED,)
    """How calls may end that did not return."""

    def take(
        self,
        script: Script,
        log: Sequence[pb.RunEvent],
        watched: Sequence[Sequence[pb.RunEvent]],
        world: World,
    ) -> None:
        """Judge a run by its log, by what each subscriber saw, and by the effects it had."""
        check_log(log)
        whole = [event.SerializeToString(deterministic=True) for event in log]
        for seen in watched:
            mine = [event.SerializeToString(deterministic=True) for event in seen]
            assert mine == whole, f"{script.name}: a subscriber saw something else than the log"
        ended = log[-1].run_ended
        assert ended.WhichOneof("detail") == "finish", f"{script.name} ended by {ended}"
        self._effects(script, log, world)
        self.runs += 1
        self.events += len(log)
        kinds = Counter(event.WhichOneof("event") for event in log)
        self.restarted += kinds["step_restarted"]
        self.resumed += kinds["run_resumed"]

    def _effects(self, script: Script, log: Sequence[pb.RunEvent], world: World) -> None:
        """Each effect that the model asked for was had once, or is told to be not known."""
        asked = {
            each.tool_input_available.tool_call_id: _effect(each.tool_input_available)
            for each in log
            if each.WhichOneof("event") == "tool_input_available"
        }
        ended = log[-1].run_ended
        assert ended.effects.tool_call_count == len(script.all_effects())
        seen: set[str] = set()
        for call in ended.effects.tool_calls:
            effect = asked[call.tool_call_id]
            assert effect not in seen, f"{effect} was asked for twice"
            seen.add(effect)
            count = world.counts[effect]
            name = pb.ToolOutcome.Name(call.outcome)
            self.outcomes[f"{name.removeprefix('TOOL_OUTCOME_')} {count}"] += 1
            if call.outcome == RETURNED:
                assert count == 1, f"{effect} returned, and was had {count} times"
            else:
                assert call.outcome in self.not_returned, f"{effect}: {name}"
                assert count <= 1, f"{effect} was had {count} times"
            assert len(world.keys.get(effect, ())) <= 1, f"{effect} has several keys"
        assert seen == script.all_effects()


def _effect(available: pb.ToolInputAvailable) -> str:
    return str(available.input.value.struct_value.fields["effect"].string_value)
