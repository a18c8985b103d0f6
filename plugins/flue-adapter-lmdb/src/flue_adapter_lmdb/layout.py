"""What lies where in the file: a table for each kind of record, and what its keys are made of."""

from __future__ import annotations

from typing import Final

from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import key_number, number_key
from flue_adapter_lmdb.tables import Table
from flue_conformance.contract import Storage

FACTS: Final = Table(1)
"""What holds for the whole file, by its name."""
SESSIONS: Final = Table(2)
"""Session id: the record as JSON."""
SUBMISSIONS: Final = Table(3)
"""Sequence: a submission without its input."""
INPUTS: Final = Table(4)
"""Sequence: the submission's input, which never changes, as JSON."""
SEQUENCES: Final = Table(5)
"""Submission id: the sequence."""
UNSETTLED: Final = Table(6)
"""Session key and sequence, of what is queued or running; the first of a session is its head."""
SETTLED: Final = Table(7)
"""Session key and sequence, of what is settled."""
JOURNALS: Final = Table(8)
"""Submission id: its turn journal."""
CHUNKS: Final = Table(9)
"""Stream key and segment index: the body."""
MARKERS: Final = Table(10)
"""Session key: since when the session is being deleted, and by whom."""
RECEIPTS: Final = Table(11)
"""Dispatch id: what is left of it."""
RUNS: Final = Table(12)
"""Run id: the run."""
RUN_EVENTS: Final = Table(13)
"""Run id and event index: the event."""
POINTERS: Final = Table(14)
"""Run id: the run as the registry lists it."""
POINTER_ORDER: Final = Table(15)
"""Start and run id, then a digest of the run id: the key in `POINTERS`."""
STREAMS: Final = Table(16)
"""Path: where the stream ends."""
STREAM_EVENTS: Final = Table(17)
"""Path and sequence: the event."""

_FORMAT: Final = b"format"
_CURRENT: Final = b"1"
_LAST_SEQUENCE: Final = b"last sequence"


def lay_out(txn: Transaction) -> None:
    """Write down how the file is laid out; raises `Storage` where that is another way."""
    if not FACTS.add(txn, _FORMAT, _CURRENT):
        check_format(txn)


def check_format(txn: Transaction) -> None:
    """Raise `Storage` unless the file is laid out as this version reads it. ADAPTER-11."""
    found = FACTS.get(txn, _FORMAT)
    if found is None:
        raise Storage("The database file is empty; call migrate() before connect().")
    if found != _CURRENT:
        raise Storage(
            f"The database file has the format {found.decode(errors='replace')!r}, and this "
            f"version of flue-adapter-lmdb reads {_CURRENT.decode()!r}."
        )


def next_sequence(txn: Transaction) -> int:
    """Return a sequence that was never given out; deletions free none. ORDERING-01."""
    last = FACTS.get(txn, _LAST_SEQUENCE)
    sequence = 1 if last is None else key_number(last) + 1
    FACTS.put(txn, _LAST_SEQUENCE, number_key(sequence))
    return sequence
