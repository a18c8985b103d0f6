"""Adapters that store or return session records wrongly."""

from __future__ import annotations

import copy
import re
import unicodedata
from typing import Any

from flue_conformance.contract import (
    MAX_IMAGE_CHARACTERS,
    ImageTooLarge,
    SessionStore,
    json_text,
    json_value,
)
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.documents import pruned, retold, rewritten
from flue_wrong_adapters.wrappers import Sessions, Submissions


class Records(Sessions):
    """Knows records as documents of any shape."""

    right: Any


class Stores(Records):
    """Stores something else than what it is given."""

    def stored(self, data: Any) -> Any:
        raise NotImplementedError

    async def save(self, name: str, data: Any) -> None:
        await self.right.save(name, self.stored(data))


class Returns(Records):
    """Returns something else than what it stored."""

    def returned(self, data: Any) -> Any:
        raise NotImplementedError

    async def load(self, name: str) -> Any:
        data = await self.right.load(name)
        return None if data is None else self.returned(data)


class Combines(Records):
    """Stores something made of the new record and the one before."""

    def combined(self, before: Any, data: Any) -> Any:
        raise NotImplementedError

    async def save(self, name: str, data: Any) -> None:
        before = await self.right.load(name)
        await self.right.save(name, data if before is None else self.combined(before, data))


class Renames(Records):
    """Takes some ids for others."""

    def renamed(self, name: str) -> str:
        raise NotImplementedError

    async def save(self, name: str, data: Any) -> None:
        await self.right.save(self.renamed(name), data)

    async def load(self, name: str) -> Any:
        return await self.right.load(self.renamed(name))

    async def delete(self, name: str) -> None:
        await self.right.delete(self.renamed(name))


@broken("SESSION-01", "A session that never was looks like an empty one, so nothing is set up.")
class LoadsAnEmptyRecordForAnUnknownId(Records):
    """Returns a record without entries where there is none."""

    async def load(self, name: str) -> Any:
        empty = {"version": 5, "entries": [], "leafId": None, "metadata": {}}
        return await self.right.load(name) or empty


@broken("SESSION-01", "A deleted conversation is still there for those who had opened it.")
class RemembersWhatItLoaded(Records):
    """Caches loaded records and drops them from the cache on a save alone."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._loaded: dict[str, Any] = {}

    async def save(self, name: str, data: Any) -> None:
        self._loaded.pop(name, None)
        await self.right.save(name, data)

    async def load(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = await self.right.load(name)
        return copy.deepcopy(self._loaded[name])


@broken("SESSION-02", "Large token counts and prices come back slightly off.")
class KeepsFifteenDigits(Returns):
    """Loses what a number has beyond fifteen digits."""

    def returned(self, data: Any) -> Any:
        return rewritten(data, self._rounded)

    @staticmethod
    def _rounded(value: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return float(f"{value:.15g}") if is_number else value


@broken("SESSION-02", "A flag in a tool's details comes back as a number.")
class KeepsFlagsAsNumbers(Returns):
    """Returns 1 for true and 0 for false, as columns of SQLite do."""

    def returned(self, data: Any) -> Any:
        return rewritten(data, lambda value: int(value) if isinstance(value, bool) else value)


@broken("SESSION-02", "A tool call without arguments has lost them altogether.")
class DropsEmptyObjects(Stores):
    """Leaves out members that hold an empty object."""

    def stored(self, data: Any) -> Any:
        return pruned(data, lambda value: value == {})


@broken("SESSION-03", "Metadata that was taken away is still there.")
class MergesMetadata(Combines):
    """Adds new metadata to old."""

    def combined(self, before: Any, data: Any) -> Any:
        return {**data, "metadata": {**before["metadata"], **data["metadata"]}}


@broken("SESSION-03", "Entries that compaction removed come back.")
class KeepsEntriesThatAreLeftOut(Combines):
    """Inserts and updates entries and never deletes any."""

    def combined(self, before: Any, data: Any) -> Any:
        saved = {entry["id"] for entry in data["entries"]}
        left_out = [entry for entry in before["entries"] if entry["id"] not in saved]
        return {**data, "entries": data["entries"] + left_out}


@broken("SESSION-03", "An entry that was corrected still says what it said before.")
class SkipsEntriesOfTheSameLength(Combines):
    """Takes an entry for unchanged when its text is as long as before."""

    def combined(self, before: Any, data: Any) -> Any:
        stored = {(entry["id"], len(json_text(entry))): entry for entry in before["entries"]}
        entries = [stored.get((each["id"], len(json_text(each))), each) for each in data["entries"]]
        return {**data, "entries": entries}


@broken("SESSION-03", "A session that was rewound still points to its last answer.")
class KeepsTheLeafWhenTheNewOneIsNull(Combines):
    """Writes COALESCE where the new value may be null."""

    def combined(self, before: Any, data: Any) -> Any:
        return {**data, "leafId": data["leafId"] or before["leafId"]}


@broken("SESSION-03", "A session that was set up anew says that it is as old as the first.")
class KeepsTheFirstCreationTime(Combines):
    """Leaves the creation time out of its update."""

    def combined(self, before: Any, data: Any) -> Any:
        return {**data, "createdAt": before["createdAt"]}


@broken("SESSION-03", "A marker that was removed from a message is back after a restart.")
class MergesMembersOfEntries(Combines):
    """Patches stored entries with new ones."""

    def combined(self, before: Any, data: Any) -> Any:
        stored = {entry["id"]: entry for entry in before["entries"]}
        entries = [{**stored.get(each["id"], {}), **each} for each in data["entries"]]
        return {**data, "entries": entries}


@broken("SESSION-04", "Clean-up stops at a child session that is gone already.")
class RaisesForAnUnknownId(Records):
    """Takes the deletion of nothing for an error."""

    async def delete(self, name: str) -> None:
        if await self.right.load(name) is None:
            raise KeyError(name)
        await self.right.delete(name)


@broken("SESSION-04", "A new conversation begins with what was said in the deleted one.")
class LeavesEntriesBehind(Records):
    """Deletes the header alone, and cleans entries up only where a header is."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._left: dict[str, list[Any]] = {}

    async def save(self, name: str, data: Any) -> None:
        saved = {entry["id"] for entry in data["entries"]}
        left = [entry for entry in self._left.pop(name, ()) if entry["id"] not in saved]
        await self.right.save(name, {**data, "entries": left + data["entries"]} if left else data)

    async def delete(self, name: str) -> None:
        record = await self.right.load(name)
        if record:
            self._left[name] = record["entries"]
        await self.right.delete(name)


@broken("SESSION-04", "A session that was deleted once can never be used again.")
class HidesWhatWasEverDeleted(Records):
    """Deletes by a flag that a save does not take back."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._deleted: set[str] = set()

    async def load(self, name: str) -> Any:
        return None if name in self._deleted else await self.right.load(name)

    async def delete(self, name: str) -> None:
        self._deleted.add(name)


@broken("SESSION-05", "The conversation is told in the order of its ids.")
class SortsEntriesById(Returns):
    """Returns entries by id."""

    def returned(self, data: Any) -> Any:
        return {**data, "entries": sorted(data["entries"], key=lambda entry: str(entry["id"]))}


@broken("SESSION-05", "After a branch was moved, the conversation is told by the clock.")
class SortsEntriesByTime(Returns):
    """Returns entries by timestamp, those of one instant as they were saved."""

    def returned(self, data: Any) -> Any:
        return {**data, "entries": sorted(data["entries"], key=lambda each: each["timestamp"])}


@broken("SESSION-05", "From the eleventh entry on the conversation is out of order.")
class SortsPositionsAsText(Returns):
    """Keeps positions as text: 10 comes before 2."""

    def returned(self, data: Any) -> Any:
        places = sorted(range(len(data["entries"])), key=str)
        return {**data, "entries": [data["entries"][place] for place in places]}


@broken("SESSION-05", "An entry that was inserted before others comes after them.")
class KeepsEntriesInTheirFirstPlaces(Combines):
    """Updates an entry's content and not its position."""

    def combined(self, before: Any, data: Any) -> Any:
        places = {entry["id"]: place for place, entry in enumerate(before["entries"])}
        new = len(places)
        entries = sorted(data["entries"], key=lambda entry: places.get(entry["id"], new))
        return {**data, "entries": entries}


@broken("SESSION-06", "Two users whose names differ in case share a conversation.")
class IgnoresCase(Renames):
    """Compares ids without regard to case."""

    def renamed(self, name: str) -> str:
        return name.lower()


@broken("SESSION-06", "Two conversations become one where only an accent tells them apart.")
class IgnoresAccents(Renames):
    """Compares ids as a collation does that knows base letters only."""

    def renamed(self, name: str) -> str:
        decomposed = unicodedata.normalize("NFD", name)
        return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@broken("SESSION-06", "A name typed on another keyboard opens another user's conversation.")
class NormalizesIds(Renames):
    """Composes the letters of ids."""

    def renamed(self, name: str) -> str:
        return unicodedata.normalize("NFC", name)


@broken("SESSION-06", "A name with a space behind it opens the conversation without.")
class PadsIds(Renames):
    """Compares ids as a column of type CHAR does."""

    def renamed(self, name: str) -> str:
        return name.rstrip(" ")


@broken("SESSION-06", "Conversations become one where only punctuation tells them apart.")
class MakesFileNamesOfIds(Renames):
    """Replaces what a file name cannot have."""

    def renamed(self, name: str) -> str:
        return re.sub(r'[\\/:*?"<>|]', "_", name)


@broken("SESSION-06", "Session 1.0 opens the conversation of session 1.")
class ReadsIdsAsNumbers(Renames):
    """Keeps ids in a column without a type, which turns digits into numbers."""

    def renamed(self, name: str) -> str:
        return f"{float(name):g}" if re.fullmatch(r"[0-9.]+", name) else name


@broken("SESSION-06", "Deleting a session with an underscore in its id deletes others with it.")
class DeletesByPattern(Records):
    """Deletes with LIKE."""

    async def delete(self, name: str) -> None:
        await self.sql("DELETE FROM flue_sessions WHERE id LIKE :name", name=name)
        await self.right.delete(name)


@broken("SESSION-06", "Deleting a session deletes those whose ids begin with its id.")
class DeletesByPrefix(Records):
    """Takes what begins with the id for a child of the session."""

    async def delete(self, name: str) -> None:
        await self.sql("DELETE FROM flue_sessions WHERE instr(id, :name) = 1", name=name)
        await self.right.delete(name)


@broken("SESSION-06", "A conversation loses its entries to another one with the same entry ids.")
class GivesAnEntryToOneSessionAlone(Records):
    """Has entry ids for its key, where session and entry id together would be one."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._owner: dict[str, str] = {}

    async def save(self, name: str, data: Any) -> None:
        self._owner |= {entry["id"]: name for entry in data["entries"]}
        await self.right.save(name, data)

    async def load(self, name: str) -> Any:
        data = await self.right.load(name)
        return data and {
            **data,
            "entries": [each for each in data["entries"] if self._owner.get(each["id"]) == name],
        }


@broken("SESSION-07", "A turn that failed shows in the session, although it was never saved.")
class KeepsTheCallersObject(Records):
    """Caches the object that it was given, and hands out copies of it."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._cache: dict[str, Any] = {}

    async def save(self, name: str, data: Any) -> None:
        await self.right.save(name, data)
        self._cache[name] = data

    async def load(self, name: str) -> Any:
        return copy.deepcopy(self._cache.get(name)) or await self.right.load(name)

    async def delete(self, name: str) -> None:
        self._cache.pop(name, None)
        await self.right.delete(name)


@broken("SESSION-07", "What one reader does with a session, the next one sees.")
class CopiesTheTopLevelAlone(Records):
    """Caches what it loads, and hands out copies that share all that is nested."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._cache: dict[str, Any] = {}

    async def save(self, name: str, data: Any) -> None:
        self._cache.pop(name, None)
        await self.right.save(name, data)

    async def load(self, name: str) -> Any:
        if name not in self._cache:
            self._cache[name] = await self.right.load(name)
        return copy.copy(self._cache[name])

    async def delete(self, name: str) -> None:
        self._cache.pop(name, None)
        await self.right.delete(name)


@broken("SESSION-08", "What was set to null cannot be told from what was never set.")
class DropsNulls(Stores):
    """Leaves out the members of metadata and entries that are null."""

    def stored(self, data: Any) -> Any:
        parts = {"metadata": data["metadata"], "entries": data["entries"]}
        return data | pruned(parts, lambda value: value is None)


@broken("SESSION-08", "Every entry claims to have a source, which is null.")
class ReturnsNullsForWhatIsAbsent(Returns):
    """Keeps the source of an entry in a column, and never asks whether there was one."""

    def returned(self, data: Any) -> Any:
        return {**data, "entries": [{"source": None, **entry} for entry in data["entries"]]}


@broken("SESSION-10", "A reader sees the new header over the old entries.")
class SavesEntriesAfterTheHeader(Records):
    """Saves the header first and the entries in a second transaction."""

    async def save(self, name: str, data: Any) -> None:
        before = await self.right.load(name)
        if before:
            await self.right.save(name, {**data, "entries": before["entries"]})
        await self.right.save(name, data)


@broken("SESSION-10", "A session seems to be gone while it is being saved.")
class DeletesBeforeItSaves(Records):
    """Deletes the record and inserts the new one in a second transaction."""

    async def save(self, name: str, data: Any) -> None:
        copied = copy.deepcopy(data)
        await self.right.delete(name)
        await self.right.save(name, copied)


@broken("SESSION-10", "A session is read half before and half after it was saved.")
class LoadsHeaderAndEntriesApart(Records):
    """Loads the header first and the entries in a second transaction."""

    async def load(self, name: str) -> Any:
        header = await self.right.load(name)
        entries = header and await self.right.load(name)
        return header and {**header, "entries": entries["entries"] if entries else []}


@broken("SESSION-11", "Two writers leave the header of one over the entries of the other.")
class SavesALongSessionInSteps(Records):
    """Saves the header, then the entries four by four, each in a transaction of its own."""

    async def save(self, name: str, data: Any) -> None:
        entries = copy.deepcopy(data["entries"])
        before = await self.right.load(name)
        await self.right.save(name, {**data, "entries": before["entries"] if before else []})
        header = await self.right.load(name)
        for end in range(0, len(entries) + 4, 4):
            await self.right.save(name, {**header, "entries": entries[:end]})


@broken("SESSION-11", "A writer leaves entries behind that another one had saved.")
class DeletesOnlyWhatItSavedItself(Records):
    """Remembers which entries it saved last, and writes what changed since."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._saved: dict[str, set[str]] = {}

    async def save(self, name: str, data: Any) -> None:
        copied = copy.deepcopy(data)
        new = {entry["id"] for entry in copied["entries"]}
        mine = new | self._saved.get(name, set())
        before = await self.right.load(name) or {"entries": []}
        others = [entry for entry in before["entries"] if entry["id"] not in mine]
        await self.right.save(name, {**copied, "entries": copied["entries"] + others})
        self._saved[name] = new


@broken("SESSION-12", "A save that fails takes the session with it.")
class DropsTheOldVersionBeforeItWrites(Records):
    """Deletes the record first, and finds out too late that the new one cannot be written."""

    async def save(self, name: str, data: Any) -> None:
        copied = copy.deepcopy(data)
        await self.right.delete(name)
        await self.right.save(name, copied)


@broken("SESSION-12", "A save that fails leaves all entries but those that it failed on.")
class WritesEntriesUntilOneFails(Records):
    """Writes header and entries one by one, without a transaction around them."""

    async def save(self, name: str, data: Any) -> None:
        copied = copy.deepcopy(data)
        for end in range(len(copied["entries"]) + 1):
            await self.right.save(name, {**copied, "entries": copied["entries"][:end]})


@broken("SESSION-12", "What cannot be stored is replaced by its description, and nobody is told.")
class DescribesWhatItCannotStore(Stores):
    """Writes JSON with `default=repr`."""

    def stored(self, data: Any) -> Any:
        return rewritten(data, lambda value: value if _is_scalar(value) else repr(value))


def _is_scalar(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


@broken("SESSION-13", "A session of a later runtime cannot be saved.")
class RefusesOtherVersions(Records):
    """Accepts the current version only."""

    async def save(self, name: str, data: Any) -> None:
        if data["version"] != 5:
            raise ValueError(f"version {data['version']} is not supported")
        await self.right.save(name, data)


@broken("SESSION-13", "A session whose leaf is not among its entries points elsewhere afterwards.")
class MendsLeavesThatPointNowhere(Stores):
    """Replaces a leaf that is no entry by the last entry."""

    def stored(self, data: Any) -> Any:
        ids = [entry.get("id") for entry in data["entries"]]
        points_nowhere = data["leafId"] is not None and data["leafId"] not in ids
        return {**data, "leafId": ids[-1]} if ids and points_nowhere else data


@broken("SESSION-13", "A session without an affinity key has one that nobody gave it.")
class FillsEmptyAffinityKeysIn(Stores):
    """Makes an affinity key of the creation time where there is none."""

    def stored(self, data: Any) -> Any:
        return {**data, "affinityKey": data["affinityKey"] or f"aff_{data['createdAt']}"}


@broken("SESSION-15", "A dispatch that was answered runs again once its session's record is gone.")
class DeletesSettledWorkWithARecord(Records):
    """Deletes the session's settled submissions as well."""

    async def delete(self, name: str) -> None:
        await self.right.delete(name)
        await self.sql(
            "DELETE FROM flue_agent_submissions WHERE session_key = :name AND status = 'settled'",
            name=name,
        )


@broken("SESSION-15", "A turn cannot be recovered once its session's record was deleted.")
class DeletesJournalsWithARecord(Records):
    """Deletes the session's turn journals as well."""

    async def delete(self, name: str) -> None:
        await self.right.delete(name)
        await self.sql("DELETE FROM flue_agent_turn_journals WHERE session_key = :name", name=name)


@broken(
    "SESSION-15", "A session that is being deleted takes new work as soon as its record is gone."
)
class EndsADeletionWithTheRecord(Records):
    """Removes the session's deletion marker as well."""

    async def delete(self, name: str) -> None:
        await self.right.delete(name)
        await self.sql(
            "DELETE FROM flue_agent_session_deletions WHERE session_key = :name", name=name
        )


@broken("SESSION-15", "Deleting a session's work deletes its conversation.")
class DeletesTheRecordWithTheWork(Submissions):
    """Deletes the session's record at the end of a deletion."""

    async def delete_session(self, key: str, callback: Any) -> None:
        await self.right.delete_session(key, callback)
        await self.sql("DELETE FROM flue_sessions WHERE id = :key", key=key)


@broken("SESSION-16", "Output of a program with a zero byte in it loses the byte.")
class StripsZeroCharacters(Stores):
    """Leaves U+0000 out, which a text column of Postgres cannot hold."""

    def stored(self, data: Any) -> Any:
        return retold(data, lambda text: text.replace("\0", ""))


@broken("SESSION-16", "A text that ends in half an emoji ends in a question mark.")
class ReplacesUnpairedSurrogates(Stores):
    """Encodes all text, and what cannot be encoded becomes U+FFFD."""

    def stored(self, data: Any) -> Any:
        return retold(data, lambda text: re.sub("[\ud800-\udfff]", "\ufffd", text))


@broken("SESSION-16", "A tool's answer about escapes has lost them.")
class UnescapesTwice(Returns):
    """Takes text that looks like an escape for one."""

    def returned(self, data: Any) -> Any:
        return retold(data, lambda text: text.replace("\\u0000", "\0"))


@broken("SESSION-16", "Emojis come back as question marks.")
class KeepsTheBasicPlaneAlone(Stores):
    """Keeps characters of up to three bytes, as MySQL's utf8 does."""

    def stored(self, data: Any) -> Any:
        return retold(data, lambda text: re.sub("[\U00010000-\U0010ffff]", "?", text))


@broken("SESSION-16", "A member is gone whose name has an accent of its own.")
class ComposesNamesAlone(Stores):
    """Normalizes the names of metadata, and no other text."""

    def stored(self, data: Any) -> Any:
        names = {unicodedata.normalize("NFC", name): name for name in data["metadata"]}
        metadata = {name: data["metadata"][given] for name, given in names.items()}
        return {**data, "metadata": metadata}


class AltersImages(Returns):
    """Returns other image data than it stored."""

    def images(self, data: list[str]) -> list[str]:
        raise NotImplementedError

    def returned(self, data: Any) -> Any:
        for entry in data["entries"]:
            blocks = _images(entry)
            altered = self.images([block["data"] for block in blocks])
            for block, image in zip(blocks, altered, strict=True):
                block["data"] = image
        return data


def _images(entry: Any) -> list[Any]:
    content = entry.get("message", {}).get("content")
    blocks = content if isinstance(content, list) else []
    return [block for block in blocks if block.get("type") == "image"]


@broken("SESSION-19", "From the eleventh on, images in a message change places.")
class SortsImagesAsText(AltersImages):
    """Keeps the number of an image as text: 10 comes before 2."""

    def images(self, data: list[str]) -> list[str]:
        return [data[place] for place in sorted(range(len(data)), key=str)]


@broken("SESSION-19", "A large screenshot comes back cut.")
class ReadsTheFirstPieceOfAnImage(AltersImages):
    """Returns one piece of 262 144 characters of each image."""

    def images(self, data: list[str]) -> list[str]:
        return [image[:262_144] for image in data]


@broken("SESSION-19", "An image comes back twice as long if it just fills a piece.")
class RepeatsAPieceThatIsFull(AltersImages):
    """Reads the last piece again when the one before was full."""

    def images(self, data: list[str]) -> list[str]:
        return [image + image[-262_144:] if len(image) == 262_144 else image for image in data]


@broken("SESSION-19", "An image that was replaced still shows the old one.")
class ComparesEntriesWithoutTheirImages(Combines):
    """Takes an entry for unchanged when all but its image data is as before."""

    def combined(self, before: Any, data: Any) -> Any:
        stored = {self._without_images(entry): entry for entry in before["entries"]}
        entries = [stored.get(self._without_images(entry), entry) for entry in data["entries"]]
        return {**data, "entries": entries}

    @staticmethod
    def _without_images(entry: Any) -> str:
        bare = json_value(json_text(entry))
        for block in _images(bare):
            del block["data"]
        return json_text(bare)


@broken("SESSION-19", "Two conversations show each other's images.")
class KeepsImagesByEntryAlone(Records):
    """Has entry id and number for an image's key, and leaves the session out."""

    def __init__(self, right: SessionStore) -> None:
        super().__init__(right)
        self._images: dict[tuple[str, int], str] = {}

    async def save(self, name: str, data: Any) -> None:
        self._images |= {
            (entry["id"], number): block["data"]
            for entry in data["entries"]
            for number, block in enumerate(_images(entry))
        }
        await self.right.save(name, data)

    async def load(self, name: str) -> Any:
        data = await self.right.load(name)
        for entry in data["entries"] if data else ():
            for number, block in enumerate(_images(entry)):
                block["data"] = self._images[entry["id"], number]
        return data


@broken("SESSION-19", "A session with an image of just the greatest size cannot be saved.")
class RefusesAnImageOfTheGreatestLength(Records):
    """Takes the limit for the first length that is too long."""

    async def save(self, name: str, data: Any) -> None:
        images = [block["data"] for entry in data["entries"] for block in _images(entry)]
        if any(len(image) >= MAX_IMAGE_CHARACTERS for image in images):
            raise ImageTooLarge("Image data exceeds the limit.")
        await self.right.save(name, data)
