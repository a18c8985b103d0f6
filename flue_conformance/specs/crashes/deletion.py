"""Session deletions that were killed, and those that end them: DELETION-13."""

from __future__ import annotations

from flue_conformance.bridge import Moment
from flue_conformance.contract import RetainedReceipt, SessionDeleting, session_key
from flue_conformance.harness.runtime import delete_tree
from flue_conformance.specs.scenarios.kills import Death, deaths, rehearse
from flue_conformance.specs.scenarios.steps import queue
from flue_conformance.specs.scenarios.stories import Deletion, first_of, second_of
from flue_conformance.specs.scenarios.values import dispatch_input
from flue_conformance.specs.support.database import Handle
from flue_conformance.specs.support.expect import Expect
from flue_conformance.specs.support.verifies import requires, verifies
from flue_conformance.specs.support.workers import Workers


@verifies("DELETION-13")
@requires("persistent")
async def test_a_killed_deletion_bars_the_session_until_it_is_resumed(
    handle: Handle, workers: Workers, expect: Expect
) -> None:
    story = Deletion()
    course = await rehearse(story, handle)
    moments = [Moment.BEFORE_REQUEST, Moment.BEFORE_ANSWER, Moment.AFTER_ANSWER]
    left = [death async for death, _ in deaths(story, workers, handle, course, moments)]

    for _ in ("the next process", "the one after it"):
        worker = workers.start()
        survivor = await workers.connect(worker)
        for death in left:
            await expect_barred(story, survivor, death, expect)
        workers.kill(worker)
    [survivor] = await workers.open(1)
    for death in left:
        await expect_resumed(survivor, death, expect)


async def expect_barred(story: Deletion, survivor: Handle, death: Death, expect: Expect) -> None:
    """Expect what DELETION-13 says of a session whose deletion may have begun or ended."""
    store, token, about = survivor.submissions, death.token, f"a worker {death}"
    is_left = False
    for name in (first_of(token), second_of(token)):
        is_there = await store.get_submission(name) is not None
        is_left = is_left or is_there
        replay = store.admit_dispatch(dispatch_input(name, id=token))
        if not is_there:
            expect.equal(type(await replay), RetainedReceipt, f"a replay of {name!r} after {about}")
        elif token in story.begun:
            await expect.raises(replay, SessionDeleting, f"a replay of {name!r} after {about}")
        else:
            await replay
    if token in story.begun and is_left:
        late = store.admit_dispatch(dispatch_input(f"{token}-late", id=token))
        await expect.raises(late, SessionDeleting, f"a new admission after {about}")


async def expect_resumed(survivor: Handle, death: Death, expect: Expect) -> None:
    """Expect that a further deletion succeeds, and that the session is free afterwards."""
    token, about = death.token, f"the deletion was resumed whose worker was {death}"
    await delete_tree(survivor.stores, token, "default")

    for name in (first_of(token), second_of(token)):
        expect.none(await survivor.submissions.get_submission(name), f"{name!r} once {about}")
        replay = await survivor.submissions.admit_dispatch(dispatch_input(name, id=token))
        expect.equal(type(replay), RetainedReceipt, f"a replay of {name!r} once {about}")
    key = session_key(token, "default")
    expect.none(await survivor.sessions.load(key), f"the session record once {about}")
    new = await queue(survivor.submissions, f"{token}-late", id=token)
    expect.equal(new.status, "queued", f"a new admission once {about}")
