"""What calls over a bridge raise besides the contract's errors."""

from __future__ import annotations


class RemoteError(Exception):
    """The adapter raised an error that is none of the contract's; the message is its own.

    `name` is that of its class, in the adapter's language.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class BridgeFailure(Exception):  # noqa: N818 - named for what happened
    """The adapter neither returned nor raised: the call came to no answer that could be passed on.

    Never a way in which an adapter may refuse a call.
    """


class PeerGone(BridgeFailure):
    """The other process ended, or closed the bridge, before it answered.

    `intended` tells whether it was killed on purpose; the outcome of the call is unknown then.
    """

    def __init__(self, message: str, *, intended: bool = False) -> None:
        super().__init__(message)
        self.intended = intended


class ProtocolViolation(BridgeFailure):
    """The other process does not speak the protocol, or was asked for what it does not know."""


class MessageTooLong(BridgeFailure):
    """One message of the call is longer than messages may be."""


class EndedAbruptly(BridgeFailure):
    """The adapter's call ended in what no handler of errors catches, such as `SystemExit`."""
