"""An adapter across a process boundary.

JSON-RPC 2.0 over two streams of bytes, one UTF-8 JSON object a line. `RemoteAdapter` is a
`PersistenceAdapter` that asks, `serve` answers for any `PersistenceAdapter`; both work from the
table in `methods`, which is made of the contract's protocols.

Requests begin in the order in which they arrive and may overlap; what a request notifies is written
before its answer. A message that is too long fails its call only. The notification `cancel [id]`
says that the sender of a request gave it up; a side that does not know it lets the request run.
"""

from __future__ import annotations

from flue_conformance.bridge.channel import Channel
from flue_conformance.bridge.client import RemoteAdapter
from flue_conformance.bridge.errors import (
    BridgeFailure,
    EndedAbruptly,
    MessageTooLong,
    PeerGone,
    ProtocolViolation,
    RemoteError,
)
from flue_conformance.bridge.host import serve
from flue_conformance.bridge.peer import Boundary, Foreign, Moment

__all__ = [
    "Boundary",
    "BridgeFailure",
    "Channel",
    "EndedAbruptly",
    "Foreign",
    "MessageTooLong",
    "Moment",
    "PeerGone",
    "ProtocolViolation",
    "RemoteAdapter",
    "RemoteError",
    "serve",
]
