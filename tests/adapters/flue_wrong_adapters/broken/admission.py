"""Adapters that admit what they should not, or answer an admission wrongly."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    AdmittedSubmission,
    AgentDispatchReceipt,
    AgentSubmission,
    AgentSubmissionStore,
    DirectConflict,
    DispatchConflict,
    ImageTooLarge,
    InvalidAcceptedAt,
    MalformedRecord,
    RetainedReceipt,
    SessionDeleting,
    json_equal,
    json_text,
    session_key,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.documents import pruned
from flue_wrong_adapters.shown import ShowsSubmissions
from flue_wrong_adapters.wrappers import Submissions


class Admissions(Submissions):
    """Knows inputs as documents of any shape."""

    right: Any

    async def receipt(self, dispatch_id: str) -> RetainedReceipt | None:
        """Return the receipt of a dispatch, if it has one."""
        rows = await self.sql(
            "SELECT accepted_at FROM flue_agent_dispatch_receipts WHERE dispatch_id = :id",
            id=dispatch_id,
        )
        return RetainedReceipt(AgentDispatchReceipt(dispatch_id, rows[0][0])) if rows else None


class ComparesLoosely(Admissions):
    """Takes some inputs for replays that are none."""

    def same(self, stored: Any, given: Any) -> bool:
        """Tell whether an input passes for the stored one."""
        raise NotImplementedError

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        if not isinstance(admission, DispatchConflict):
            return admission
        found = await self.right.get_submission(dispatch["dispatchId"])
        given = {**dispatch, "kind": "dispatch", "submissionId": dispatch["dispatchId"]}
        return AdmittedSubmission(found) if self.same(found.input, given) else admission

    async def admit_direct(self, direct: Any) -> Any:
        try:
            return await self.right.admit_direct(direct)
        except DirectConflict:
            found = await self.right.get_submission(direct["submissionId"])
            if self.same(found.input, direct):
                return found
            raise


@broken("ADMISSION-01", "Work that nobody touched yet has used one of its retries.")
class CountsAdmissionAsAnAttempt(ShowsSubmissions):
    """Shows one attempt more."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        return replace(submission, attempt_count=submission.attempt_count + 1)


@broken("ADMISSION-01", "Queued work seems to be owned, by somebody without a name.")
class ShowsEmptyTextForNoOwner(ShowsSubmissions):
    """Shows an empty text where there is no owner."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        return replace(submission, owner_id=submission.owner_id or "")


@broken("ADMISSION-02", "What a dispatch carries for tracing is gone when its work begins.")
class KeepsKnownMembersOfADispatch(Admissions):
    """Stores the members that it knows."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        members = ("dispatchId", "agent", "id", "session", "input", "acceptedAt")
        known = {name: dispatch[name] for name in members if name in dispatch}
        return await self.right.admit_dispatch(known)


@broken("ADMISSION-02", "A field that was set to null is missing when the work begins.")
class DropsNullsOfAnInput(ShowsSubmissions):
    """Leaves out the nulls inside an input."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        document: Any = {**submission.input}
        if "input" in document:
            document["input"] = pruned(document["input"], lambda value: value is None)
        return replace(submission, input=document)


@broken("ADMISSION-03", "Official adapters look for the session under another key.")
class EscapesKeysToAscii(ShowsSubmissions):
    """Writes session keys in ASCII alone."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        key = submission.session_key.encode("ascii", "backslashreplace").decode()
        return replace(submission, session_key=key)


@broken("ADMISSION-03", "A session whose name has a quote in it is stored under a broken key.")
class JoinsNamesToAKey(ShowsSubmissions):
    """Writes quotes around names instead of JSON."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        names: Any = submission.input
        key = f'agent-session:["{names["id"]}","default","{names["session"]}"]'
        return replace(submission, session_key=key)


@broken("ADMISSION-03", "A session with a line separator in its name has two keys.")
class EscapesLineSeparatorsInKeys(ShowsSubmissions):
    """Escapes what JavaScript sources could not hold once."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        key = submission.session_key.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        return replace(submission, session_key=key)


class ReadsTimesItself(ShowsSubmissions):
    """Reads acceptance times in a way of its own."""

    def instant(self, text: str) -> int:
        """Return the instant that it takes a text for."""
        raise NotImplementedError

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        return replace(submission, accepted_at=self.instant(submission.input["acceptedAt"]))

    @staticmethod
    def time(text: str) -> datetime:
        """Return a time with microseconds."""
        fraction = re.search(r"\.\d+", text)
        digits = f"{fraction.group()[:7]:0<7}" if fraction else ""
        spelled = re.sub(r"\.\d+", digits, text)
        return datetime.fromisoformat(spelled if "T" in spelled else f"{spelled}T00:00:00Z")


@broken("ADMISSION-04", "A prompt is a millisecond older than it is, now and then.")
class ReadsTimesAsFractionsOfSeconds(ReadsTimesItself):
    """Multiplies a float by a thousand and cuts it."""

    def instant(self, text: str) -> int:
        return int(self.time(text).timestamp() * 1000)


@broken("ADMISSION-04", "Work from another time zone seems to be hours old.")
class IgnoresOffsets(ReadsTimesItself):
    """Takes the local time for UTC."""

    def instant(self, text: str) -> int:
        return round(self.time(text).replace(tzinfo=UTC, microsecond=0).timestamp() * 1000) + (
            self.time(text).microsecond // 1000
        )


@broken("ADMISSION-04", "Work is accepted a millisecond later than it was.")
class RoundsToMilliseconds(ReadsTimesItself):
    """Rounds up from half a millisecond on."""

    def instant(self, text: str) -> int:
        at = self.time(text)
        return int(at.replace(microsecond=0).timestamp()) * 1000 + round(at.microsecond / 1000)


@broken("ADMISSION-04", "Work that is accepted after January 2038 is settled in 1970.")
class WrapsSecondsAtThirtyTwoBits(ReadsTimesItself):
    """Keeps seconds in 31 bits."""

    def instant(self, text: str) -> int:
        at = self.time(text)
        return int(at.replace(microsecond=0).timestamp()) % 2**31 * 1000 + at.microsecond // 1000


@broken("ADMISSION-05", "A dispatch that is sent again runs again.")
class QueuesSettledWorkAgain(Admissions):
    """Takes what is settled for free to be queued."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        await self.sql(
            "UPDATE flue_agent_submissions SET status = 'queued', attempt_id = NULL, error = NULL,"
            " started_at = NULL, input_applied_at = NULL, recovery_requested_at = NULL"
            " WHERE submission_id = :id AND status = 'settled' AND error IS NOT NULL",
            id=dispatch["dispatchId"],
        )
        return await self.right.admit_dispatch(dispatch)


@broken("ADMISSION-05", "Who sends a dispatch again is told that it still waits.")
class AnswersAReplayAsTheFirstTime(Admissions):
    """Remembers its answers."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._answers: dict[str, Any] = {}

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        if isinstance(admission, AdmittedSubmission):
            return self._answers.setdefault(dispatch["dispatchId"], admission)
        return admission


@broken("ADMISSION-05", "A request for recovery is forgotten when the dispatch is sent again.")
class UpdatesWhatAReplayFinds(Admissions):
    """Inserts, and resets some columns of what is there already."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        await self.sql(
            "UPDATE flue_agent_submissions SET recovery_requested_at = NULL"
            " WHERE submission_id = :id",
            id=dispatch["dispatchId"],
        )
        return await self.right.admit_dispatch(dispatch)


@broken("ADMISSION-06", "Another flag under a used id is taken for a replay.")
class ComparesAsPythonDoes(ComparesLoosely):
    """Takes True for 1."""

    def same(self, stored: Any, given: Any) -> bool:
        return bool(stored == given)


@broken("ADMISSION-06", "Two long inputs that differ at their end are taken for one.")
class ComparesTheFirstKilobyte(ComparesLoosely):
    """Compares what an index holds of a text."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_text(stored)[:1024] == json_text(given)[:1024]


@broken("ADMISSION-06", "Two inputs that differ in case alone are taken for one.")
class ComparesWithoutCase(ComparesLoosely):
    """Compares as a collation does that ignores case."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_text(stored).casefold() == json_text(given).casefold()


@broken("ADMISSION-06", "A dispatch of another time is taken for a replay.")
class ComparesWithoutTheTime(ComparesLoosely):
    """Leaves the acceptance time out of its comparison."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_equal({**stored, "acceptedAt": ""}, {**given, "acceptedAt": ""})


@broken("ADMISSION-06", "A conflict is reported, and yet the new input runs.")
class OverwritesWhatConflicts(Admissions):
    """Updates the stored input, then compares."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        if isinstance(admission, DispatchConflict):
            given = {**dispatch, "kind": "dispatch", "submissionId": dispatch["dispatchId"]}
            await self.sql(
                "UPDATE flue_agent_submissions SET payload = :payload"
                " WHERE submission_id = :id AND status = 'settled'",
                id=dispatch["dispatchId"],
                payload=json_text(given),
            )
        return admission


@broken("ADMISSION-08", "The answer to another session's dispatch is taken for one's own.")
class ComparesWithoutTheSession(ComparesLoosely):
    """Compares inputs and nothing around them."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_equal(stored.get("input"), given.get("input"))


@broken("ADMISSION-08", "One dispatch runs in two sessions.")
class KeepsIdsPerSession(Admissions):
    """Has session and id for its key, where the id alone would be one."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        found = await self.right.get_submission(dispatch["dispatchId"])
        key = session_key(dispatch["id"], dispatch["session"])
        if found is None or found.session_key == key:
            return await self.right.admit_dispatch(dispatch)
        return await self.right.admit_dispatch(
            {**dispatch, "dispatchId": f"{found.sequence} {key}"}
        )


@broken("ADMISSION-09", "A prompt that is sent again after it failed is refused.")
class RefusesSettledPrompts(Admissions):
    """Takes the replay of what is settled for a conflict."""

    async def admit_direct(self, direct: Any) -> Any:
        admitted = await self.right.admit_direct(direct)
        if admitted.status == "settled":
            raise DirectConflict("Direct admission had an unexpected result.")
        return admitted


@broken("ADMISSION-09", "A prompt that is sent again moves to the end of its queue.")
class MovesAReplayedPromptToTheEnd(Admissions):
    """Deletes and inserts what is still queued."""

    async def admit_direct(self, direct: Any) -> Any:
        await self.sql(
            "UPDATE flue_agent_submissions SET sequence ="
            " (SELECT max(sequence) + 1 FROM flue_agent_submissions)"
            " WHERE submission_id = :id AND status = 'queued'",
            id=direct["submissionId"],
        )
        return await self.right.admit_direct(direct)


@broken("ADMISSION-10", "A second message under a used id gets the first one's answer.")
class ReturnsTheFirstPromptWhateverIsSent(ComparesLoosely):
    """Inserts, ignores that the id is taken, and returns what is there."""

    def same(self, stored: Any, given: Any) -> bool:
        return bool(stored["kind"] == given["kind"] == "direct")


@broken(
    "ADMISSION-10",
    "A second message under a used id is refused, and yet takes the first one's place.",
)
class RefusesAPromptAfterItIsWritten(Admissions):
    """Updates the message, then compares."""

    async def admit_direct(self, direct: Any) -> Any:
        try:
            return await self.right.admit_direct(direct)
        except DirectConflict:
            await self.sql(
                "UPDATE flue_agent_submissions SET payload = :payload"
                " WHERE submission_id = :id AND session_key = :key AND status = 'running'",
                id=direct["submissionId"],
                key=session_key(direct["id"], direct["session"]),
                payload=json_text(direct),
            )
            raise


@broken("ADMISSION-11", "A dispatch and a prompt with one id both run.")
class KeepsIdsPerKind(Admissions):
    """Has kind and id for its key."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        found = await self.right.get_submission(dispatch["dispatchId"])
        if found is None or found.kind == "dispatch":
            return await self.right.admit_dispatch(dispatch)
        return await self.right.admit_dispatch({**dispatch, "dispatchId": f"{found.sequence}"})


@broken("ADMISSION-11", "Who sends a prompt waits for the answer to a dispatch.")
class ReturnsADispatchForAPrompt(Admissions):
    """Does not look at the kind of what it found."""

    async def admit_direct(self, direct: Any) -> Any:
        found = await self.right.get_submission(direct["submissionId"])
        if found is not None and found.kind == "dispatch":
            return found
        return await self.right.admit_direct(direct)


@broken("ADMISSION-11", "A prompt with the id of a dispatch that is done gets another id's answer.")
class FreesIdsOfSettledWork(Admissions):
    """Has a unique index on what is unsettled alone, and tells kinds apart elsewhere."""

    async def admit_direct(self, direct: Any) -> Any:
        found = await self.right.get_submission(direct["submissionId"])
        if found is None or found.kind == "direct" or found.status != "settled":
            return await self.right.admit_direct(direct)
        return await self.right.admit_direct({**direct, "submissionId": f"{found.sequence}"})


@broken("ADMISSION-12", "A prompt without a time is as old as the epoch.")
class TakesNoTimeForTheEpoch(Admissions):
    """Reads an empty time as 0."""

    async def admit_direct(self, direct: Any) -> Any:
        return await self.right.admit_direct(
            {**direct, "acceptedAt": direct["acceptedAt"] or "1970-01-01"}
        )


@broken("ADMISSION-12", "A dispatch whose time cannot be read counts as deleted, not as wrong.")
class LooksForAReceiptBeforeTheTime(Admissions):
    """Reads the time after it found no receipt."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        try:
            return await self.right.admit_dispatch(dispatch)
        except InvalidAcceptedAt:
            receipt = await self.receipt(dispatch["dispatchId"])
            if receipt is not None:
                return receipt
            raise


@broken("ADMISSION-12", "A dispatch whose time cannot be read is called a conflict.")
class LooksForAConflictBeforeTheTime(Admissions):
    """Reads the time when it inserts."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        try:
            return await self.right.admit_dispatch(dispatch)
        except InvalidAcceptedAt:
            if await self.right.get_submission(dispatch["dispatchId"]) is not None:
                return DispatchConflict()
            raise


@broken("ADMISSION-13", "A dispatch that was cut on its way runs without its input.")
class TakesNoInputForNull(Admissions):
    """Reads the input with `get`."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        return await self.right.admit_dispatch({**dispatch, "input": dispatch.get("input")})


@broken("ADMISSION-13", "Agent 42 gets the work, and there is no such agent.")
class MakesTextOfNumbers(Admissions):
    """Turns agents and ids into text, whatever they are."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        names = {
            name: str(dispatch[name])
            for name in ("agent", "id")
            if isinstance(dispatch.get(name), int)
        }
        return await self.right.admit_dispatch({**dispatch, **names})


@broken("ADMISSION-13", "A prompt that was refused runs all the same.")
class QueuesBeforeItValidates(Admissions):
    """Inserts first and validates what it reads back."""

    async def admit_direct(self, direct: Any) -> Any:
        try:
            return await self.right.admit_direct(direct)
        except MalformedRecord:
            if isinstance(direct.get("payload"), dict):
                valid = {"agent": "", "id": "", "session": "", "payload": {"message": ""}}
                await self.right.admit_direct({**direct, **valid})
            raise


@broken("ADMISSION-13", "A prompt without a message reaches the model.")
class AdmitsPromptsWithoutAMessage(Admissions):
    """Checks that the payload is an object, and nothing in it."""

    async def admit_direct(self, direct: Any) -> Any:
        payload = direct.get("payload")
        if isinstance(payload, dict) and "message" not in payload:
            payload = {"message": "", **payload}
        return await self.right.admit_direct({**direct, "payload": payload})


@broken("ADMISSION-14", "A dispatch that carries nothing is refused.")
class TakesNullForNoInput(Admissions):
    """Asks for an input that is not None."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        if dispatch.get("input") is None:
            raise MalformedRecord("The dispatch is malformed: it has no input.")
        return await self.right.admit_dispatch(dispatch)


@broken("ADMISSION-14", "A dispatch that carries nothing carries an empty object when it runs.")
class ShowsAnEmptyObjectForNull(ShowsSubmissions):
    """Reads the input with `or {}`."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        document: Any = submission.input
        if "input" in document and document["input"] is None:
            document = {**document, "input": {}}
        return replace(submission, input=document)


@broken("ADMISSION-15", "What a client sends along with its message is refused.")
class RefusesUnknownMembersOfAPayload(Admissions):
    """Knows the members that a payload may have."""

    async def admit_direct(self, direct: Any) -> Any:
        payload = direct.get("payload")
        if isinstance(payload, dict) and payload.keys() - {"message", "session", "images"}:
            raise MalformedRecord("The payload is malformed: it has unknown members.")
        return await self.right.admit_direct(direct)


@broken("ADMISSION-15", "What a client sends along is lost where its name is empty.")
class DropsMembersWithoutAName(ShowsSubmissions):
    """Skips members whose name is false."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        document: Any = {**submission.input}
        if submission.kind == "direct":
            payload = document["payload"]
            document["payload"] = {name: payload[name] for name in payload if name}
        return replace(submission, input=document)


@broken("ADMISSION-16", "A prompt for no session at all is queued.")
class TakesNullForNoPayloadSession(Admissions):
    """Checks the payload's session when it is not None."""

    async def admit_direct(self, direct: Any) -> Any:
        payload = direct.get("payload")
        if isinstance(payload, dict) and payload.get("session", "") is None:
            payload = {name: value for name, value in payload.items() if name != "session"}
        return await self.right.admit_direct({**direct, "payload": payload})


@broken("ADMISSION-17", "A prompt runs in the session that its payload happens to mention.")
class QueuesByThePayloadsSession(Admissions):
    """Prefers the session in the payload, as the edition before did."""

    async def admit_direct(self, direct: Any) -> Any:
        named = (
            direct["payload"].get("session") if isinstance(direct.get("payload"), dict) else None
        )
        session = named if isinstance(named, str) and named else direct.get("session")
        return await self.right.admit_direct({**direct, "session": session})


@broken("ADMISSION-17", "A prompt is refused because of a member that means nothing.")
class ChecksThePayloadsSession(Admissions):
    """Wants the payload's session to be text, as the edition before did."""

    async def admit_direct(self, direct: Any) -> Any:
        payload = direct.get("payload")
        if isinstance(payload, dict) and not isinstance(payload.get("session", ""), str):
            raise MalformedRecord("The payload is malformed: its session is no text.")
        return await self.right.admit_direct(direct)


def _with_images(direct: Any, images: Any) -> Any:
    return {**direct, "payload": {**direct["payload"], "images": images}}


def _images(direct: Any) -> list[Any]:
    payload = direct.get("payload")
    images = payload.get("images") if isinstance(payload, dict) else None
    return images if isinstance(images, list) else []


@broken("ADMISSION-18", "From the eleventh on, images of a prompt change places.")
class SortsImagesOfAPromptAsText(ShowsSubmissions):
    """Keeps the number of an image as text: 10 comes before 2."""

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        images = _images(submission.input)
        if not images:
            return submission
        places = sorted(range(len(images)), key=str)
        shown = _with_images(submission.input, [images[place] for place in places])
        return replace(submission, input=shown)


@broken("ADMISSION-18", "An image that is too large is cut, and nobody is told.")
class CutsImagesAtTheLimit(Admissions):
    """Stores what fits."""

    async def admit_direct(self, direct: Any) -> Any:
        try:
            return await self.right.admit_direct(direct)
        except ImageTooLarge:
            cut = [
                {**image, "data": image["data"][:MAX_IMAGE_CHARACTERS]} for image in _images(direct)
            ]
            return await self.right.admit_direct(_with_images(direct, cut))


@broken("ADMISSION-18", "A prompt with an image of just the greatest size is refused.")
class RefusesPromptsWithTheGreatestImage(Admissions):
    """Takes the limit for the first length that is too long."""

    async def admit_direct(self, direct: Any) -> Any:
        data = [image.get("data") for image in _images(direct) if isinstance(image, dict)]
        if any(isinstance(each, str) and len(each) >= MAX_IMAGE_CHARACTERS for each in data):
            raise ImageTooLarge("Image data exceeds the limit.")
        return await self.right.admit_direct(direct)


@broken("ADMISSION-18", "A file without a media type reaches the model as an image.")
class GuessesMediaTypes(Admissions):
    """Takes an image without a media type for a PNG."""

    async def admit_direct(self, direct: Any) -> Any:
        images = _images(direct)
        if not all(isinstance(image, dict) for image in images) or not images:
            return await self.right.admit_direct(direct)
        guessed = [{"mimeType": "image/png", **image} for image in images]
        return await self.right.admit_direct(_with_images(direct, guessed))


@broken("ADMISSION-18", "A prompt runs without its images.")
class LosesImagesAtAClaim(Admissions):
    """Restores images in each query but the claim's."""

    async def claim_submission(self, claim: Any) -> Any:
        claimed = await self.right.claim_submission(claim)
        if claimed is None or not _images(claimed.input):
            return claimed
        return replace(claimed, input=_with_images(claimed.input, []))


@broken("ADMISSION-19", "A prompt with a new screenshot gets the old one's answer.")
class ComparesPromptsWithoutTheirImages(ComparesLoosely):
    """Compares payloads without image data."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_equal(self._bare(stored), self._bare(given))

    @staticmethod
    def _bare(document: Any) -> Any:
        images = [{**image, "data": ""} for image in _images(document)]
        return _with_images(document, images) if images else document


@broken("ADMISSION-19", "A prompt whose screenshot changed at its end gets the old one's answer.")
class ComparesTheFirstPieceOfAnImage(ComparesLoosely):
    """Compares one piece of 262 144 characters of each image."""

    def same(self, stored: Any, given: Any) -> bool:
        return json_equal(self._short(stored), self._short(given))

    @staticmethod
    def _short(document: Any) -> Any:
        images = [{**image, "data": image["data"][:262_144]} for image in _images(document)]
        return _with_images(document, images) if images else document


@broken("ADMISSION-20", "A replay during a deletion is answered as if nothing were deleted.")
class AnswersReplaysDuringADeletion(Admissions):
    """Looks for the marker only when it inserts."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        try:
            return await self.right.admit_dispatch(dispatch)
        except SessionDeleting:
            found = await self.right.get_submission(dispatch["dispatchId"])
            if found is not None:
                return AdmittedSubmission(found)
            raise


class AdmitsDuringADeletion(Admissions):
    """Lets some admissions pass the marker of a deletion."""

    async def past_the_marker(self, key: str, admit: Any) -> Any:
        """Admit while the marker is out of the way."""
        rows = await self.sql(
            "DELETE FROM flue_agent_session_deletions WHERE session_key = :key"
            " RETURNING started_at",
            key=key,
        )
        admission = await admit()
        for row in rows:
            await self.sql(
                "INSERT INTO flue_agent_session_deletions VALUES (:key, :at)", key=key, at=row[0]
            )
        return admission


@broken("ADMISSION-20", "Prompts go on to a session that is being deleted.")
class ClosesSessionsToDispatchesAlone(AdmitsDuringADeletion):
    """Looks for the marker when it admits a dispatch."""

    async def admit_direct(self, direct: Any) -> Any:
        try:
            return await self.right.admit_direct(direct)
        except SessionDeleting:
            key = session_key(direct["id"], direct["session"])
            return await self.past_the_marker(key, lambda: self.right.admit_direct(direct))


@broken("ADMISSION-20", "Another worker admits to a session that is being deleted.")
class KeepsMarkersInMemory(AdmitsDuringADeletion):
    """Knows the deletions of its own store object."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._deleting: set[str] = set()

    async def delete_session(self, key: str, callback: Any) -> None:
        self._deleting.add(key)
        try:
            await self.right.delete_session(key, callback)
        finally:
            self._deleting.discard(key)

    async def admit_dispatch(self, dispatch: Any) -> Any:
        key = session_key(dispatch["id"], dispatch["session"])
        if key in self._deleting:
            return await self.right.admit_dispatch(dispatch)
        return await self.past_the_marker(key, lambda: self.right.admit_dispatch(dispatch))


@broken("ADMISSION-20", "While one session is deleted, none of the agent's takes work.")
class ClosesAllSessionsOfAnInstance(Admissions):
    """Marks the instance."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        instance = session_key(dispatch["id"], "").removesuffix('""]')
        rows = await self.sql(
            "SELECT 1 FROM flue_agent_session_deletions WHERE instr(session_key, :instance) = 1",
            instance=instance,
        )
        if rows:
            raise SessionDeleting("The session is being deleted.")
        return await self.right.admit_dispatch(dispatch)


@broken("ADMISSION-21", "A deleted dispatch that failed runs again.")
class KeepsReceiptsOfSuccessesAlone(Admissions):
    """Makes receipts for what completed."""

    async def delete_session(self, key: str, callback: Any) -> None:
        failed = await self.sql(
            "SELECT submission_id FROM flue_agent_submissions"
            " WHERE session_key = :key AND error IS NOT NULL",
            key=key,
        )
        await self.right.delete_session(key, callback)
        for row in failed:
            await self.sql(
                "DELETE FROM flue_agent_dispatch_receipts WHERE dispatch_id = :id", id=row[0]
            )


@broken("ADMISSION-21", "A receipt tells when the dispatch was deleted, not when it was accepted.")
class DatesReceiptsByTheDeletion(Admissions):
    """Stamps the receipts that it makes."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        if isinstance(admission, RetainedReceipt):
            receipt = replace(admission.receipt, accepted_at=time.time_ns() // 1_000_000)
            return replace(admission, receipt=receipt)
        return admission


@broken("ADMISSION-21", "A receipt is some milliseconds older than its dispatch.")
class KeepsReceiptsToTheSecond(Admissions):
    """Keeps the time of a receipt in seconds."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        if isinstance(admission, RetainedReceipt):
            at = admission.receipt.accepted_at // 1000 * 1000
            return replace(admission, receipt=replace(admission.receipt, accepted_at=at))
        return admission


@broken("ADMISSION-22", "A deleted dispatch counts as a conflict in any session but its own.")
class KeepsReceiptsPerSession(Admissions):
    """Compares the session of a replay with the receipt's."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._keys: dict[str, str] = {}

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        key = session_key(dispatch["id"], dispatch["session"])
        first = self._keys.setdefault(dispatch["dispatchId"], key)
        is_elsewhere = isinstance(admission, RetainedReceipt) and first != key
        return DispatchConflict() if is_elsewhere else admission


@broken("ADMISSION-22", "A deleted dispatch counts as a conflict once a prompt has its id.")
class LooksForRowsBeforeReceipts(Admissions):
    """Looks for a receipt when the id is free."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        found = await self.right.get_submission(dispatch["dispatchId"])
        return DispatchConflict() if found and found.kind == "direct" else admission


@broken("ADMISSION-22", "A dispatch that was deleted long ago is refused while others are deleted.")
class LooksForTheMarkerBeforeTheReceipt(Admissions):
    """Refuses whatever comes to a session that is being deleted."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        admission = await self.right.admit_dispatch(dispatch)
        marked = await self.sql(
            "SELECT 1 FROM flue_agent_session_deletions WHERE session_key = :key",
            key=session_key(dispatch["id"], dispatch["session"]),
        )
        if marked:
            raise SessionDeleting("The session is being deleted.")
        return admission


@broken("ADMISSION-23", "The id of a deleted prompt can never be used again.")
class RemembersPromptsLikeDispatches(Admissions):
    """Refuses ids of prompts that it deleted."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._seen: set[str] = set()

    async def admit_direct(self, direct: Any) -> Any:
        submission_id = direct["submissionId"]
        if submission_id in self._seen and not await self.right.get_submission(submission_id):
            raise DirectConflict("Direct admission had an unexpected result.")
        admitted = await self.right.admit_direct(direct)
        self._seen.add(submission_id)
        return admitted


@broken("ADMISSION-23", "A prompt is refused because a dispatch once had its id.")
class AnswersPromptsByReceipts(Admissions):
    """Takes a receipt for a conflict."""

    async def admit_direct(self, direct: Any) -> Any:
        if await self.receipt(direct["submissionId"]):
            raise DirectConflict("Direct admission had an unexpected result.")
        return await self.right.admit_direct(direct)


class LooksBeforeItQueues(Admissions):
    """Looks whether an id is taken, and inserts in a second transaction."""

    async def is_lost_race(self, submission_id: str) -> bool:
        """Tell whether somebody else's insert came before; of each row one caller is the first."""
        first = await self.sql(
            "UPDATE flue_agent_submissions SET settled_at = 1"
            " WHERE submission_id = :id AND settled_at IS NULL RETURNING 1",
            id=submission_id,
        )
        return not first


@broken("ADMISSION-24", "Of two who send one dispatch at once, one is told that it conflicts.")
class TakesALostRaceForAConflict(LooksBeforeItQueues):
    """Takes an insert that inserted nothing for a conflict."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        found = await self.right.get_submission(dispatch["dispatchId"])
        admission = await self.right.admit_dispatch(dispatch)
        if found is None and await self.is_lost_race(dispatch["dispatchId"]):
            return DispatchConflict()
        return admission


@broken("ADMISSION-24", "A prompt that is sent twice at once runs twice.")
class QueuesTwiceInARace(LooksBeforeItQueues):
    """Has no unique key for ids."""

    async def admit_direct(self, direct: Any) -> Any:
        found = await self.right.get_submission(direct["submissionId"])
        admitted = await self.right.admit_direct(direct)
        if found is None and await self.is_lost_race(direct["submissionId"]):
            twin = {**direct, "submissionId": f"{direct['submissionId']} {id(direct)}"}
            return replace(
                await self.right.admit_direct(twin), submission_id=direct["submissionId"]
            )
        return admitted


@broken("ADMISSION-25", "Of two dispatches that claim one id at once, both seem to be admitted.")
class TakesALostRaceForAReplay(Admissions):
    """Compares inputs only where it found the id before it inserted."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        found = await self.right.get_submission(dispatch["dispatchId"])
        admission = await self.right.admit_dispatch(dispatch)
        if found is None and isinstance(admission, DispatchConflict):
            return AdmittedSubmission(await self.right.get_submission(dispatch["dispatchId"]))
        return admission


@broken("ADMISSION-25", "Of two prompts that claim one id at once, one gets the other's answer.")
class TakesALostRaceForAReplayedPrompt(Admissions):
    """Compares inputs only where it found the id before it inserted."""

    async def admit_direct(self, direct: Any) -> Any:
        found = await self.right.get_submission(direct["submissionId"])
        try:
            return await self.right.admit_direct(direct)
        except DirectConflict:
            if found is None:
                return await self.right.get_submission(direct["submissionId"])
            raise


@broken("ADMISSION-26", "The first message to an agent is refused: it has no session yet.")
class AsksForASessionRecord(Admissions):
    """Has a foreign key to the session."""

    async def admit_dispatch(self, dispatch: Any) -> Any:
        key = session_key(dispatch["id"], dispatch["session"])
        if not await self.sql("SELECT 1 FROM flue_sessions WHERE id = :key", key=key):
            raise LookupError(f"no session {key}")
        return await self.right.admit_dispatch(dispatch)


@broken("ADMISSION-26", "A session changes although nothing was said in it.")
class TouchesTheSessionRecord(Admissions):
    """Stamps the session whenever work comes to it."""

    async def admit_direct(self, direct: Any) -> Any:
        admitted = await self.right.admit_direct(direct)
        await self.sql(
            "UPDATE flue_sessions SET data = json_set(data, '$.updatedAt', :at) WHERE id = :key",
            at=direct["acceptedAt"],
            key=admitted.session_key,
        )
        return admitted


@broken("ADMISSION-29", "What one worker does with an input, the next one gets to see.")
class HandsOutItsOwnInputs(ShowsSubmissions):
    """Caches inputs and shows them to all."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._inputs: dict[str, Any] = {}

    def shown(self, submission: AgentSubmission) -> AgentSubmission:
        known = self._inputs.setdefault(submission.submission_id, submission.input)
        return replace(submission, input=known)


@broken("ADMISSION-29", "A caller that goes on with its object changes what was admitted.")
class KeepsTheCallersInput(Admissions):
    """Caches what it was given, and copies no more than its top level."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._inputs: dict[str, Any] = {}

    async def admit_direct(self, direct: Any) -> Any:
        admitted = await self.right.admit_direct(direct)
        self._inputs[direct["submissionId"]] = {**direct}
        return admitted

    async def get_submission(self, submission_id: str) -> Any:
        found = await self.right.get_submission(submission_id)
        known = self._inputs.get(submission_id)
        return replace(found, input=known) if found and known else found
