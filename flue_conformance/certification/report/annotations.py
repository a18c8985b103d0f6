"""A report as the lines that a job prints for GitHub to annotate the run with.

GitHub shows ten annotations of each kind a step, so the last of many names the rules that are left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from flue_conformance.certification.report.clipping import clipped
from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.page.digest import Digest, Entry, digests

_MOST = 10
_TEXT = 3_000
"""The most characters of one failure."""


class _Kind(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class _Annotation:
    kind: _Kind
    title: str
    text: str

    def line(self) -> str:
        return f"::{self.kind} title={_property(self.title)}::{_data(self.text)}"


def annotated(reports: Sequence[Report]) -> Iterator[str]:
    """Yield the lines: errors, then warnings, then the verdicts as notices.

    A broken MUST, a rule that could not be judged and what else makes a run no success are errors;
    what was broken without breaking a MUST is a warning.
    """
    found = [one for report in reports for one in _of_report(report)]
    found += [one for digest in digests(reports) for one in _of_subject(digest)]
    order = list(_Kind)
    found.sort(key=lambda one: order.index(one.kind))
    for _, alike in groupby(found, key=lambda one: one.kind):
        yield from (one.line() for one in _few(list(alike)))


def _of_report(report: Report) -> Iterator[_Annotation]:
    for complaint in report.complaints:
        yield _Annotation(_Kind.ERROR, "flue-conformance", complaint)


def _of_subject(one: Digest) -> Iterator[_Annotation]:
    name = one.subject.name
    for entry in one.broken:
        kind = _Kind.ERROR if entry.binding else _Kind.WARNING
        yield _Annotation(kind, f"{entry.rule.id} broken ({name})", _seen(entry))
    for entry in one.errors:
        yield _Annotation(_Kind.ERROR, f"{entry.rule.id} not judged ({name})", _seen(entry))
    yield _Annotation(_Kind.NOTICE, name, _verdict(one))


def _seen(entry: Entry) -> str:
    first = entry.specs[0]
    return clipped(first.seen or first.reason or entry.rule.sentence, _TEXT)


def _verdict(one: Digest) -> str:
    subject = one.subject
    earned = f"earned {subject.earned or 'no level'}, declares {subject.declares}"
    return earned if subject.complete else f"{earned}; {subject.incomplete_because}"


def _few(alike: Sequence[_Annotation]) -> Iterable[_Annotation]:
    if len(alike) <= _MOST:
        return alike
    rest = alike[_MOST - 1 :]
    more = _Annotation(rest[0].kind, f"{len(rest)} more", "\n".join(one.title for one in rest))
    return [*alike[: _MOST - 1], more]


def _data(text: str) -> str:
    """Return text as the runner reads it back; a line end would begin another command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
