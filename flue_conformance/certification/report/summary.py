"""A report in Markdown, for the summary of a CI job."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from flue_conformance.certification.outcome import Outcome
from flue_conformance.certification.report.clipping import clipped
from flue_conformance.certification.report.data import Report
from flue_conformance.certification.report.page.digest import Digest, Entry, digests

_SHOWN = 20
"""The most rules of which one adapter's failures are shown; the others are named."""
_SPECS = 3
"""The most specs that are shown of one rule."""
_TEXT = 4_000
"""The most characters of one failure; a summary of GitHub holds 1 MiB."""
_COLUMNS = (
    Outcome.HELD,
    Outcome.BROKEN,
    Outcome.WAIVED,
    Outcome.ERROR,
    Outcome.NOT_RUN,
)


def summary(reports: Sequence[Report]) -> str:
    """Return the Markdown of reports: a table of the verdicts, and what stands behind them."""
    found = digests(reports)
    complaints = [f"- {_text(one)}" for report in reports for one in report.complaints]
    parts = [_table(found), "\n".join(complaints), *(part for one in found for part in _parts(one))]
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(found: Iterable[Digest]) -> str:
    head = ["adapter", "profile", "declares", "earned", *_COLUMNS]
    rows = [
        [
            f"`{one.subject.name}`",
            one.report.run.profile,
            one.subject.declares,
            f"**{one.subject.earned or 'no level'}**",
            *(str(one.counts.get(outcome, 0)) for outcome in _COLUMNS),
        ]
        for one in found
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def _parts(one: Digest) -> Iterator[str]:
    yield _short_of(one)
    for title, entries in [
        ("broken", one.broken),
        ("not to be judged", one.errors),
        ("waived", one.waived),
    ]:
        if entries:
            yield f"### {one.subject.name}: {title}"
            yield from (_entry(entry) for entry in entries[:_SHOWN])
            rest = ", ".join(entry.rule.id for entry in entries[_SHOWN:])
            yield f"And {rest}; report.html shows them." if rest else ""
    for gap in one.gaps:
        why = gap.reason or "no spec of them came to an outcome"
        yield _folded(f"{len(gap.rules)} not run: {html.escape(why)}", ", ".join(gap.rules))


def _short_of(one: Digest) -> str:
    """Return why a level that is declared was not earned."""
    if not one.subject.complete:
        return f"`{one.subject.name}` earns nothing: {_text(one.subject.incomplete_because)}."
    due = one.next_level
    if due is None:
        return ""
    ids = ", ".join(dict.fromkeys(blocker.rule for blocker in due.blockers))
    return f"`{one.subject.name}` is short of {due.level}: {ids}."


def _entry(entry: Entry) -> str:
    """Return a rule that folds out to what was seen of it."""
    sentence = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(entry.rule.sentence))
    seen = [_fenced(clipped(spec.seen or spec.reason, _TEXT)) for spec in entry.specs[:_SPECS]]
    rest = [f"- `{spec.id}`" for spec in entry.specs[_SPECS:]]
    return _folded(
        f"<b>{entry.rule.id}</b> ({entry.requirement}) {sentence}",
        "\n\n".join([*seen, "\n".join(rest)]).strip(),
    )


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text}\n\n</details>"


def _fenced(text: str) -> str:
    """Return a text that ends its own code block with nothing that it says."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _text(said: str) -> str:
    """Return words that Markdown takes for nothing else."""
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", html.escape(" ".join(said.split()), quote=False))
