"""Errors of other classes than the contract's; their kinds can still be told."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import ContractError, SessionBusy
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachCall, Method


class DriverError(Exception):
    """What another library raises."""


class CodedError(Exception):
    """Carries the kind of the situation as data."""

    def __init__(self, kind: str) -> None:
        super().__init__("The call was refused.")
        self.kind = kind


class RaisesItsOwnErrors(EachCall):
    """Raises errors of its own, but for what the callback of a deletion raised."""

    def own(self, error: ContractError) -> Exception:
        """Return what is raised in an error's place."""
        raise NotImplementedError

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        try:
            return await method(*arguments, **options)
        except ContractError as error:
            if method.__name__ == "delete_session" and not isinstance(error, SessionBusy):
                raise
            raise self.own(error) from None


@unusual("Errors are another library's, and tell their kind in the message alone.")
class RaisesErrorsOfAnotherLibrary(RaisesItsOwnErrors):
    """Raises errors whose message has the keywords of their kind, in capitals."""

    def own(self, error: ContractError) -> Exception:
        return DriverError(" ".join([*error.keywords[:1], str(error)]).upper())


@unusual("Errors are the adapter's own, and tell their kind as data alone.")
class RaisesErrorsWithAKind(RaisesItsOwnErrors):
    """Raises errors with a `kind` and a message that tells nothing."""

    def own(self, error: ContractError) -> Exception:
        return CodedError(error.kind)
