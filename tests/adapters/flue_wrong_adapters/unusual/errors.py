"""Errors of other classes than the contract's; their kinds can still be told."""

from __future__ import annotations

from typing import Any

from flue_conformance.contract import ContractError
from flue_wrong_adapters.catalogue import unusual
from flue_wrong_adapters.each_call import EachCall, Method


class DriverError(Exception):
    """What another library raises."""


class CodedError(Exception):
    """Carries the kind of the situation as data."""

    def __init__(self, kind: str) -> None:
        super().__init__("The call was refused.")
        self.kind = kind


@unusual("Errors are another library's, and tell their kind in the message alone.")
class RaisesErrorsOfAnotherLibrary(EachCall):
    """Raises errors whose message has the keywords of their kind, in capitals."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        try:
            return await method(*arguments, **options)
        except ContractError as error:
            told = " ".join([*error.keywords[:1], str(error)])
            raise DriverError(told.upper()) from None


@unusual("Errors are the adapter's own, and tell their kind as data alone.")
class RaisesErrorsWithAKind(EachCall):
    """Raises errors with a `kind` and a message that tells nothing."""

    async def call(self, method: Method, *arguments: Any, **options: Any) -> Any:
        try:
            return await method(*arguments, **options)
        except ContractError as error:
            raise CodedError(error.kind) from None
