"""The JSON text of a report, and the schema of it."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import msgspec

from flue_conformance.certification.report.data import VERSION, Report

SCHEMA = "report.schema.json"
"""The published schema, beside this module."""


class UnreadableReport(Exception):  # noqa: N818 - named for what a person reads
    """A text is no report, or one of another version; the message says where it goes wrong."""


def report_text(report: Report) -> bytes:
    """Return the JSON of a report, indented, with a line end at its end."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def read_report(text: bytes) -> Report:
    """Return the report of a JSON text.

    Raises `UnreadableReport` for anything but a report of the version that this kit knows.
    """
    try:
        said = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise UnreadableReport(f"it is no whole JSON text ({problem})") from None
    if not isinstance(said, dict) or said.get("format") != "flue-conformance-report":
        raise UnreadableReport("it is no report of flue-conformance")
    if said.get("version") != VERSION:
        raise UnreadableReport(
            f"its format has version {said.get('version')!r}, and this kit reads {VERSION}"
        )
    try:
        return msgspec.convert(said, Report)
    except msgspec.ValidationError as problem:
        raise UnreadableReport(_in_words(problem)) from None


def published_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) that the package ships."""
    schema: dict[str, Any] = msgspec.json.decode((files(__package__) / SCHEMA).read_bytes())
    return schema


def schema_of_data() -> dict[str, Any]:
    """Return the schema that the typed definition makes; the published one has to equal it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of flue-conformance",
        **msgspec.json.schema(Report),
    }


def _in_words(problem: msgspec.ValidationError) -> str:
    """Return msgspec's `Expected … - at `$.subjects[0].earned`` as the end of a sentence."""
    what, _, where = str(problem).partition(" - at ")
    place = re.sub(r"^`\$\.?|`$", "", where)
    return f"{place or 'it'}: {what[:1].lower()}{what[1:]}"
