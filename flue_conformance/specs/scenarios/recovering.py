"""Another process goes on with what a killed one left, and everything comes to one end."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from flue_conformance.contract import SubmissionAttemptRef, session_key
from flue_conformance.harness.runtime import Coordinator, Effects, Kind
from flue_conformance.specs.scenarios.kills import Death
from flue_conformance.specs.scenarios.steps import read
from flue_conformance.specs.scenarios.stories import Conversation, first_of, second_of
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect

_SCANS: Final = 10
_SCAN_AGAIN_S: Final = 0.05


async def recover(story: Conversation, survivor: Handle, death: Death) -> None:
    """Ask once more for what may not have been admitted, and do what is left to do."""
    token = death.token
    await story.admit(survivor.stores, token)
    coordinator = Coordinator(survivor.stores, story.effects, f"{token}-survivor", agents=[token])
    for wait in (0, *[_SCAN_AGAIN_S] * _SCANS):
        # As the runtime does: what the dead process asked for last may happen after a scan.
        await asyncio.sleep(wait)
        await coordinator.recover()
        await coordinator.work()
        if await _is_settled(survivor, second_of(token)):
            return


async def _is_settled(survivor: Handle, name: str) -> bool:
    found = await survivor.submissions.get_submission(name)
    return found is not None and found.status == "settled"


async def expect_one_end(
    story: Conversation, survivor: Handle, death: Death, expect: Expect
) -> None:
    """Expect that both submissions settled once, in order, and that nothing was done twice."""
    session = await survivor.sessions.load(session_key(death.token, "default"))
    entries: list[Any] = list(session["entries"]) if session else []
    for name in (first_of(death.token), second_of(death.token)):
        await _expect_settled_once(story.effects, survivor, name, death, expect)
        inputs = [entry for entry in entries if name in _inputs(entry)]
        expect.equal(len(inputs), 1, f"how often the input of {name!r} is in its session, {death}")
    _expect_order(story.effects, death, expect)


async def _expect_settled_once(
    effects: Effects, survivor: Handle, name: str, death: Death, expect: Expect
) -> None:
    store, about = survivor.submissions, f"{name!r}, recovered after a worker was {death}"
    settled = await read(store, name)
    expect.equal(settled.status, "settled", f"the status of {about}")
    ends = effects.of(name, Kind.SETTLED)
    expect.that(
        len(ends) <= 1, came_back=ends, expected="at most one", about=f"settlements of {about}"
    )
    tools = [effect.detail for effect in effects.of(name, Kind.TOOL)]
    expect.equal(tools, list(dict.fromkeys(tools)), f"the tools that ran for {about}")
    late = await store.complete_submission(SubmissionAttemptRef(name, str(settled.attempt_id)))
    expect.false(late, f"another completion of {about}")


def _expect_order(effects: Effects, death: Death, expect: Expect) -> None:
    first, second = first_of(death.token), second_of(death.token)
    done = [one.submission_id for one in effects.done if one.submission_id in (first, second)]
    in_order = sorted(done, key=lambda name: name == second)
    expect.equal(done, in_order, f"whose effects came when in a session, a worker {death}")


def _inputs(entry: Any) -> tuple[object, object]:
    return entry.get("directSubmissionId"), entry.get("dispatch", {}).get("dispatchId")
