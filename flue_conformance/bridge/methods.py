"""The one table of methods that clients and hosts work from, made of the contract's protocols."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_type_hints

from flue_conformance.bridge.values import Codec, camel_case, codec_of
from flue_conformance.contract.json_text import JsonValue
from flue_conformance.contract.stores import (
    AgentSubmissionStore,
    EventStreamStore,
    RunEventStore,
    RunRegistry,
    RunStore,
    SessionStore,
)

PROTOCOL: Final = 1
"""The version of the protocol."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method; callbacks are numbers on the wire."""

    name: str
    codec: Codec
    optional: bool


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a store."""

    name: str
    """On the wire, such as `submissions.claimSubmission`."""
    surface: str
    """The store's name in `Stores`."""
    attribute: str
    parameters: Sequence[Parameter]
    result: Codec

    def written(self, arguments: Sequence[Any], options: Mapping[str, Any]) -> list[JsonValue]:
        """Return the wire form of a call's arguments; raises `TypeError` for those without one."""
        if options:
            arguments = self._in_order(arguments, options)
        least = sum(not parameter.optional for parameter in self.parameters)
        if not least <= len(arguments) <= len(self.parameters):
            raise TypeError(f"{self.attribute} takes {self._named()}, not {len(arguments)} values")
        values = [
            parameter.codec.write(argument)
            for parameter, argument in zip(self.parameters, arguments, strict=False)
        ]
        while len(values) > least and values[-1] is None:
            del values[-1]
        return values

    def read(self, values: Sequence[JsonValue]) -> list[Any]:
        """Return the arguments of a call; raises `ValueError` where they are not the method's."""
        least = sum(not parameter.optional for parameter in self.parameters)
        if not least <= len(values) <= len(self.parameters):
            raise ValueError(f"{self.name} takes n, {self._named()}")
        arguments = []
        for parameter, value in zip(self.parameters, values, strict=False):
            argument = parameter.codec.read(value)
            if not parameter.codec.admits(argument):
                raise ValueError(f"{self.name}: {camel_case(parameter.name)} is not what it takes")
            arguments.append(argument)
        return arguments

    def _in_order(self, arguments: Sequence[Any], options: Mapping[str, Any]) -> Sequence[Any]:
        names = [parameter.name for parameter in self.parameters[len(arguments) :]]
        unknown = options.keys() - set(names)
        if unknown:
            raise TypeError(f"{self.attribute} got {', '.join(sorted(unknown))} unexpectedly")
        return [*arguments, *(options.get(name) for name in names)]

    def _named(self) -> str:
        return ", ".join(camel_case(parameter.name) for parameter in self.parameters) or "nothing"


@dataclass(frozen=True, slots=True)
class Surface:
    """One store of those that `connect` hands out."""

    attribute: str
    """Its name in `Stores`."""
    methods: Sequence[Method]


def _surface(attribute: str, prefix: str, protocol: type) -> Surface:
    functions = [item for item in vars(protocol).items() if inspect.iscoroutinefunction(item[1])]
    return Surface(attribute, [_method(attribute, prefix, *item) for item in functions])


def _method(surface: str, prefix: str, attribute: str, function: Any) -> Method:
    hints = get_type_hints(function)
    parameters = [
        Parameter(
            parameter.name,
            codec_of(hints[parameter.name]),
            optional=parameter.default is not inspect.Parameter.empty,
        )
        for parameter in list(inspect.signature(function).parameters.values())[1:]
    ]
    name = f"{prefix}.{camel_case(attribute)}"
    return Method(name, surface, attribute, parameters, codec_of(hints["return"]))


_COMMON: Final = (
    _surface("sessions", "sessions", SessionStore),
    _surface("submissions", "submissions", AgentSubmissionStore),
    _surface("runs", "runs", RunStore),
    _surface("run_registry", "registry", RunRegistry),
)
_RUN_EVENTS: Final = _surface("run_events", "runs", RunEventStore)
_EVENT_STREAMS: Final = _surface("event_streams", "streams", EventStreamStore)


def surfaces(edition: str) -> Iterable[Surface]:
    """Return the stores that an adapter of an edition hands out."""
    return (*_COMMON, _RUN_EVENTS if edition == "0.10" else _EVENT_STREAMS)


METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for surface in (*_COMMON, _RUN_EVENTS, _EVENT_STREAMS)
    for method in surface.methods
}
"""Every asynchronous method of every edition by its name on the wire."""
