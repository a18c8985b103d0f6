"""Adapters that lose, mix up or rewrite the chunks of a stream."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

from flue_conformance.contract import AgentSubmissionStore, StreamChunkSegment
from flue_wrong_adapters.catalogue import broken
from flue_wrong_adapters.wrappers import Submissions
from reference_adapters import clock


@broken("CHUNK-01", "The answer of one prompt is cut off because another's key differs in case.")
class KnowsKeysWhateverTheirCase(Submissions):
    """Stores keys in lower case."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        return await self.right.append_stream_chunk_segment(stream_key.lower(), segment_index, body)

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        return list(await self.right.get_stream_chunk_segments(stream_key.lower()))


@broken("CHUNK-01", "What an answer had so far is lost with the process that received it.")
class KeepsChunksToItself(Submissions):
    """Keeps chunks in memory, where no other handle sees them."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._chunks: dict[tuple[str, int], StreamChunkSegment] = {}

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        chunk = StreamChunkSegment(segment_index, body)
        return self._chunks.setdefault((stream_key, segment_index), chunk) is chunk

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        found = sorted(place for place in self._chunks if place[0] == stream_key)
        return [self._chunks[place] for place in found]


@broken("CHUNK-01", "Two streams are mixed up whose keys differ by a space.")
class TrimsKeys(Submissions):
    """Stores keys without the space around them."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        return await self.right.append_stream_chunk_segment(stream_key.strip(), segment_index, body)


@broken("CHUNK-02", "A late worker overwrites what its successor has received.")
class TheLastBodyStays(Submissions):
    """Replaces a stored body, and says truly that the chunk was there."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        if await self.right.append_stream_chunk_segment(stream_key, segment_index, body):
            return True
        await self.sql(
            "UPDATE flue_agent_stream_chunks SET body = :body"
            " WHERE stream_key = :key AND segment_index = :number",
            key=stream_key,
            number=segment_index,
            body=body,
        )
        return False


@broken("CHUNK-02", "An empty piece of an answer is filled with another worker's text.")
class AnEmptyChunkCanBeReplaced(Submissions):
    """Takes a chunk with an empty body for one that is not there."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        filled = await self.sql(
            "UPDATE flue_agent_stream_chunks SET body = :body"
            " WHERE stream_key = :key AND segment_index = :number AND body = ''"
            " RETURNING segment_index",
            key=stream_key,
            number=segment_index,
            body=body,
        )
        if filled:
            return True
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body)


@broken("CHUNK-02", "A repeated piece of an answer is taken for a new one, and read twice.")
class TheSameBodyIsNew(Submissions):
    """Answers true to the same chunk again."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        if await self.right.append_stream_chunk_segment(stream_key, segment_index, body):
            return True
        stored = await self.right.get_stream_chunk_segments(stream_key)
        return StreamChunkSegment(segment_index, body) in stored


@broken("CHUNK-02", "Of two workers that send at once both are told that theirs was stored.")
class LooksBeforeItAppends(Submissions):
    """Looks in one transaction and stores in the next."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        stored = await self.right.get_stream_chunk_segments(stream_key)
        if segment_index in [chunk.segment_index for chunk in stored]:
            return False
        await self.right.append_stream_chunk_segment(stream_key, segment_index, body)
        return True


@broken("CHUNK-02", "Two servers that send at once leave a mixture: the later body stays.")
class LooksBeforeItWritesOver(Submissions):
    """Looks in one transaction, and stores or replaces in the next."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        stored = await self.right.get_stream_chunk_segments(stream_key)
        if segment_index in [chunk.segment_index for chunk in stored]:
            return False
        was_new = await self.sql(
            "INSERT INTO flue_agent_stream_chunks (stream_key, segment_index, body, created_at)"
            " VALUES (:key, :number, :body, :now) ON CONFLICT (stream_key, segment_index)"
            " DO UPDATE SET body = excluded.body, created_at = -1 RETURNING created_at",
            key=stream_key,
            number=segment_index,
            body=body,
            now=clock.now(),
        )
        return [row.created_at for row in was_new] != [-1]


@broken("CHUNK-03", "An answer of more than ten pieces is put together in the wrong order.")
class OrdersIndicesAsText(Submissions):
    """Sorts indices as text."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        chunks = await self.right.get_stream_chunk_segments(stream_key)
        return sorted(chunks, key=lambda chunk: str(chunk.segment_index))


@broken("CHUNK-03", "Pieces that arrived out of order stay out of order.")
class ReadsChunksAsTheyArrived(Submissions):
    """Sorts chunks by the time of their arrival."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        rows = await self.sql(
            "SELECT segment_index, body FROM flue_agent_stream_chunks WHERE stream_key = :key"
            " ORDER BY rowid",
            key=stream_key,
        )
        return [StreamChunkSegment(row.segment_index, row.body) for row in rows]


@broken("CHUNK-03", "What follows a lost piece of an answer is lost as well.")
class StopsAtAGap(Submissions):
    """Returns chunks up to the first index that is missing."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        chunks = await self.right.get_stream_chunk_segments(stream_key)
        return [chunk for place, chunk in enumerate(chunks) if chunk.segment_index == place]


@broken("CHUNK-03", "Of an answer that took more than five minutes the end is missing.")
class ReadsAHundredChunks(Submissions):
    """Returns the first hundred chunks."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        return list(await self.right.get_stream_chunk_segments(stream_key))[:100]


@broken("CHUNK-03", "A turn is given the pieces of another whose key begins alike.")
class ReadsWhatBeginsWithTheKey(Submissions):
    """Returns the chunks of every key with the given beginning."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        rows = await self.sql(
            "SELECT segment_index, body FROM flue_agent_stream_chunks"
            " WHERE substr(stream_key, 1, length(:key)) = :key ORDER BY segment_index",
            key=stream_key,
        )
        return [StreamChunkSegment(row.segment_index, row.body) for row in rows]


@broken("CHUNK-04", "The pieces of other answers vanish when one is tidied up.")
class DeletesWhatBeginsWithTheKey(Submissions):
    """Deletes the chunks of every key with the given beginning."""

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks WHERE substr(stream_key, 1, length(:key)) = :key",
            key=stream_key,
        )


@broken("CHUNK-04", "A key that is a pattern takes the pieces of others along.")
class TakesKeysForPatterns(Submissions):
    """Deletes by LIKE."""

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks WHERE stream_key LIKE :key", key=stream_key
        )


@broken("CHUNK-04", "A turn without a stream of its own removes those of everybody.")
class DeletesAllForAnEmptyKey(Submissions):
    """Takes an empty key for none, which stands for all."""

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks WHERE stream_key = :key OR :key = ''",
            key=stream_key,
        )


@broken("CHUNK-04", "A tidied stream takes no new pieces, so the next answer has holes.")
class NeverUsesAnIndexAgain(Submissions):
    """Remembers indices that were deleted."""

    def __init__(self, right: AgentSubmissionStore) -> None:
        super().__init__(right)
        self._deleted: set[tuple[str, int]] = set()

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        if (stream_key, segment_index) in self._deleted:
            return False
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body)

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        stored = await self.right.get_stream_chunk_segments(stream_key)
        self._deleted |= {(stream_key, chunk.segment_index) for chunk in stored}
        await self.right.delete_stream_chunk_segments(stream_key)


@broken("CHUNK-04", "The end of an old answer turns up in the next one.")
class DeletesAHundredChunks(Submissions):
    """Deletes the first hundred chunks."""

    async def delete_stream_chunk_segments(self, stream_key: str) -> None:
        await self.sql(
            "DELETE FROM flue_agent_stream_chunks WHERE stream_key = :key AND segment_index IN"
            " (SELECT segment_index FROM flue_agent_stream_chunks WHERE stream_key = :key"
            " ORDER BY segment_index LIMIT 100)",
            key=stream_key,
        )


@broken("CHUNK-05", "A provider's events come back rewritten, and their signatures do not match.")
class StoresTheJsonOfABody(Submissions):
    """Reads a body as JSON and writes it again."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        with suppress(ValueError):
            body = json.dumps(json.loads(body))
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body)


@broken("CHUNK-05", "A piece that ends in a space is joined to the next without it.")
class TrimsBodies(Submissions):
    """Stores bodies without the space at their end."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        return await self.right.append_stream_chunk_segment(
            stream_key, segment_index, body.rstrip()
        )


@broken("CHUNK-05", "A long piece of an answer is cut off, and no longer JSON.")
class CutsBodiesAt64KiB(Submissions):
    """Stores 65 535 bytes of a body, as MySQL's TEXT does."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        kept = body.encode()[:65_535].decode(errors="ignore")
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, kept)


@broken("CHUNK-05", "Emoji in an answer come out as question marks.")
class StoresBodiesInThreeBytes(Submissions):
    """Loses what is beyond the basic plane, as MySQL's utf8 does."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        kept = "".join("?" if character > "\uffff" else character for character in body)
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, kept)


@broken("CHUNK-05", "A piece without text is missing when the pieces are counted.")
class DropsEmptyBodies(Submissions):
    """Reads no chunk that is empty."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        chunks = await self.right.get_stream_chunk_segments(stream_key)
        return [chunk for chunk in chunks if chunk.body]


@broken("CHUNK-05", "The first piece of an answer is refused: its turn is not known yet.")
class StoresChunksOfAJournalOnly(Submissions):
    """Refuses chunks whose key no journal names."""

    async def append_stream_chunk_segment(
        self, stream_key: str, segment_index: int, body: str
    ) -> bool:
        named = await self.sql(
            "SELECT 1 FROM flue_agent_turn_journals WHERE stream_key = :key", key=stream_key
        )
        if not named:
            return False
        return await self.right.append_stream_chunk_segment(stream_key, segment_index, body)


@broken("CHUNK-05", "Line breaks in an answer change on the way.")
class ReadsOneSortOfLineBreak(Submissions):
    """Reads every line break as a line feed."""

    async def get_stream_chunk_segments(self, stream_key: str) -> list[StreamChunkSegment]:
        chunks = await self.right.get_stream_chunk_segments(stream_key)
        return [
            replace(chunk, body=chunk.body.replace("\r\n", "\n").replace("\r", "\n"))
            for chunk in chunks
        ]
