"""Timers run on the host's clock, in order, and end with the call."""

from __future__ import annotations

from tests.guest.sandboxed import Sandbox, run_body


def test_timers_fire_by_due_time_then_age(sandbox: Sandbox) -> None:
    body = """
      const seen = [];
      setTimeout(() => seen.push('late'), 20);
      setTimeout(() => seen.push('first'), 1);
      setTimeout(() => seen.push('second'), 1);
      setImmediate(() => seen.push('at once'));
      queueMicrotask(() => seen.push('microtask'));
      process.nextTick((text) => seen.push(text), 'tick');
      await new Promise((resolve) => setTimeout(resolve, 30));
      return seen;
    """
    expected = ["microtask", "tick", "at once", "first", "second", "late"]
    assert run_body(sandbox, body).value == expected


def test_intervals_repeat_until_cleared(sandbox: Sandbox) -> None:
    body = """
      let n = 0;
      return new Promise((resolve) => {
        const timer = setInterval((step) => {
          n += step;
          if (n === 6) { clearInterval(timer); resolve(n); }
        }, 1, 2);
      });
    """
    assert run_body(sandbox, body).value == 6


def test_cleared_timers_do_not_fire(sandbox: Sandbox) -> None:
    body = """
      const timer = setTimeout(() => { throw new Error('fired'); }, 1);
      clearTimeout(+timer); clearTimeout(undefined); clearTimeout('nonsense');
      timer.unref().ref();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 'quiet';
    """
    assert run_body(sandbox, body).value == "quiet"


def test_clock_advances_only_between_entries(sandbox: Sandbox) -> None:
    body = """
      const before = Date.now();
      let spin = 0; for (let i = 0; i < 1e5; i++) spin += i;
      const still = Date.now() === before;
      await new Promise((resolve) => setTimeout(resolve, 15));
      return [still, Date.now() - before >= 15];
    """
    assert run_body(sandbox, body).value == [True, True]


def test_throwing_timer_fails_call(sandbox: Sandbox) -> None:
    for start in ("setTimeout(boom, 1)", "setImmediate(boom)", "queueMicrotask(boom)"):
        head = "const boom = () => { throw new TypeError('later'); };"
        failure = run_body(sandbox, f"{start}; await new Promise(() => {{}})", head=head).failure
        assert (failure.kind.name, failure.name, failure.message) == (
            "THROWN",
            "TypeError",
            "later",
        )


def test_returning_tool_does_not_wait_for_timers(sandbox: Sandbox) -> None:
    ran = run_body(sandbox, "setInterval(() => console.log('never'), 1); return 1")
    assert (ran.value, ran.console) == (1, [])


def test_number_of_timers_is_limited(sandbox: Sandbox) -> None:
    failure = run_body(sandbox, "for (;;) setTimeout(() => {}, 1000)").failure
    assert (failure.name, failure.kind.name) == ("LimitExceededError", "LIMIT_EXCEEDED")
    assert "timers are pending" in failure.message
