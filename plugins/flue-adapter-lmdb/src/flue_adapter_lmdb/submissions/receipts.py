"""Receipts: what is left of the dispatches of a deleted session. DELETION-07."""

from __future__ import annotations

from flue_adapter_lmdb import clock
from flue_adapter_lmdb.environment import Transaction
from flue_adapter_lmdb.keys import name_key
from flue_adapter_lmdb.layout import RECEIPTS
from flue_adapter_lmdb.stored import as_bytes, as_value
from flue_adapter_lmdb.submissions.rows import Row
from flue_conformance.contract import AgentDispatchReceipt


def find(txn: Transaction, dispatch_id: str) -> AgentDispatchReceipt | None:
    """Return the receipt of a dispatch, or None. ADMISSION-21, ADMISSION-22."""
    stored = RECEIPTS.get(txn, name_key(dispatch_id))
    if stored is None:
        return None
    return AgentDispatchReceipt(dispatch_id, as_value(stored, "receipt")["accepted_at"])


def keep(txn: Transaction, row: Row) -> None:
    """Keep a receipt of a submission that is removed, unless there is one."""
    receipt = {
        "dispatch_id": row.submission_id,
        "accepted_at": row.accepted_at,
        "settled_at": clock.now() if row.settled_at is None else row.settled_at,
    }
    RECEIPTS.add(txn, name_key(row.submission_id), as_bytes(receipt))
