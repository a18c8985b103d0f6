"""Tells why a spec did not hold: the rule, the calls, what came back, what was expected, where."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flue_conformance.plugin.databases import CannotMigrate
from flue_conformance.plugin.lesson import FAILING, Lesson, lesson
from flue_conformance.plugin.servers import CannotStart
from flue_conformance.plugin.spec import Spec
from flue_conformance.plugin.stacks import displayed, frames_of_adapter, lines_of
from flue_conformance.plugin.wording import paragraph
from flue_conformance.rules import CATALOGUE, Requirement, Rule
from flue_conformance.rules.documentation import address_of
from flue_conformance.specs.generated.scripts import LABEL
from flue_conformance.specs.support.broken import BrokenRule, Stuck
from flue_conformance.specs.support.kill_picture import picture_of_kill
from flue_conformance.specs.support.ledger import Call, Ledger, Raised, Returned
from flue_conformance.specs.support.shown import said

_LONGEST = 240
_MARGIN = 1_000
_WHOLE = 2
"""The verbosity from which nothing is cut."""
_CALLS = 8
_CAUSES = 3
_PHASES = {"setup": "before the spec", "call": "in the spec", "teardown": "after the spec"}

Block = tuple[str, Sequence[str]]
"""A label, and the lines beside it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A spec that did not hold."""

    spec: Spec
    path: Path
    """The file of the spec."""
    line: int
    """Where in it the spec begins."""
    phase: str
    """`setup`, `call` or `teardown`."""
    error: BaseException
    ledger: Ledger
    repeat: str
    kept: Sequence[str]
    """How to open the databases that were kept."""

    def picture(self, excerpt: Excerpt) -> str:
        """Return what was seen as an SVG document, where there is something to draw."""
        drawn = self.error.picture if isinstance(self.error, BrokenRule) else ""
        failing = self.ledger.breaking_call(self.error)
        return drawn or picture_of_kill(self.ledger, failing, why(self), excerpt)

    @property
    def blamed(self) -> Sequence[str]:
        """The rule that was found broken, where it is none of those that the spec is about.

        It has to count at the levels at which the spec proves its own.
        """
        rules = self.error.rules if isinstance(self.error, BrokenRule) else ()
        levels = {proof.level for proof in self.spec.proofs}
        counting = [rule for rule in rules if levels <= set(CATALOGUE[rule].levels)]
        return counting[:1] if self.breaks_rule else ()

    @property
    def breaks_must(self) -> bool:
        """Whether a rule that it shows broken is more than advice."""
        if not self.blamed:
            return self.breaks_rule and self.spec.binding
        return any(CATALOGUE[rule].requirement is Requirement.MUST for rule in self.blamed)

    @property
    def breaks_rule(self) -> bool:
        """Whether it is the adapter's failure, and not the kit's or the environment's."""
        return self.phase == "call" and is_broken_rule(self.error, self.ledger)


def is_broken_rule(error: BaseException, ledger: Ledger) -> bool:
    """Return whether the adapter is to blame: an expectation was not met, or a call raised."""
    blamed = isinstance(error, AssertionError | Stuck)
    return blamed or ledger.breaking_call(error) is not None


def principal(error: BaseException, ledger: Ledger) -> BaseException:
    """Return the error that a group is about, such as one of several that hypothesis found."""
    single = list(leaves(error))
    return next((leaf for leaf in single if is_broken_rule(leaf, ledger)), single[0])


def needs_traceback(failure: Failure) -> bool:
    """Return whether only Python's own traceback can tell what went wrong in the kit."""
    error = failure.error
    known = isinstance(error, AssertionError | Stuck | CannotMigrate | CannotStart)
    return not known and not frames_of_adapter(error.__traceback__)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Cuts long texts: `-v` shows more of them, `-vv` all.

    Secrets are masked before the cut, which might go right through one.
    """

    verbosity: int
    redact: Callable[[str], str]

    def __call__(self, text: str) -> str:
        """Return the beginning of a text."""
        limit = _LONGEST * (10 if self.verbosity == 1 else 1)
        if self.verbosity >= _WHOLE or len(text) <= limit:
            return self.redact(text)
        return f"{self.redact(text[: limit + _MARGIN])[:limit]}… ({len(text)} characters)"

    def lines(self, text: str) -> list[str]:
        """Return the beginning of each line of a text."""
        return [self(line) for line in text.splitlines()]


def teach(failure: Failure, excerpt: Excerpt) -> Lesson:
    """Return the report of a failed spec."""
    error = failure.error
    line = _line_in(failure.path, error) or failure.line
    program = _program(failure)
    first = _headlines(failure) if failure.breaks_rule else _not_checked(failure)
    blocks: list[Block] = [
        *_calls(failure, excerpt),
        *_shown(failure, excerpt),
        *(() if program else _example(error)),
        ("spec", [f"{displayed(failure.path)}:{line}"]),
        *_explained(failure),
        ("repeat", _repeat(failure.repeat)),
        *((("repro.py", ["the lines below, for `python repro.py`"]),) if program else ()),
        *((("kept", failure.kept),) if failure.kept else ()),
    ]
    parts = ["\n".join(paragraph(headline) for headline in first), *map(_laid_out, blocks)]
    text = parts[0] + "\n\n" + "\n".join(parts[1:])
    if excerpt.verbosity < _WHOLE and "… (" in text:
        text += "\n\n  -vv shows values in full"
    if program:
        text += f"\n\n{program}"
    return lesson(text, displayed(failure.path), line)


def headlines(spec: Spec) -> Iterator[str]:
    """Return the sentence of each rule that a spec is about."""
    for proof in spec.proofs:
        yield f"{proof.rule.id} ({proof.requirement}) {proof.rule.sentence}"


def _headlines(failure: Failure) -> Iterator[str]:
    """Return the sentences of the rules that were broken."""
    blamed = _blamed(failure)
    if not blamed:
        yield from headlines(failure.spec)
    for rule in blamed:
        yield f"{rule.id} ({rule.requirement}) {rule.sentence}"


def _blamed(failure: Failure) -> Sequence[Rule]:
    return [CATALOGUE[rule] for rule in failure.blamed]


def _explained(failure: Failure) -> Iterator[Block]:
    """Tell where more is said of the rules that were broken."""
    if failure.breaks_rule:
        rules = _blamed(failure) or [proof.rule for proof in failure.spec.proofs]
        yield "explain", list(dict.fromkeys(_explanation(rule) for rule in rules))


def _explanation(rule: Rule) -> str:
    return address_of(rule.id, rule.area) or f"flue-conformance explain {rule.id}"


def _not_checked(failure: Failure) -> Iterator[str]:
    ids = ", ".join(proof.rule.id for proof in failure.spec.proofs)
    begun = "finished" if failure.phase == "teardown" else "checked"
    yield f"{ids} could not be {begun}: {why(failure)}"


def why(failure: Failure) -> str:
    """Return in one line what is wrong."""
    error, phase = failure.error, _PHASES[failure.phase]
    if isinstance(error, BrokenRule | Stuck):
        told = error.about or "an expectation was not met"
        return told if failure.breaks_rule else f"{told}, {phase}"
    if isinstance(error, CannotMigrate | CannotStart):
        return str(error)
    raised = type(error).__name__ if failure.breaks_rule else f"{type(error).__name__} {phase}"
    return " ".join(f"{raised}: {_message(error, failure.ledger)}".split())


def _calls(failure: Failure, excerpt: Excerpt) -> Iterator[Block]:
    calls = failure.ledger.calls
    if not calls:
        return
    stuck = failure.ledger.unfinished_call() if isinstance(failure.error, Stuck) else None
    marked = stuck or failure.ledger.breaking_call(failure.error) or calls[-1]
    # By identity: examples of hypothesis may make equal calls.
    last = max(place for place, call in enumerate(calls, start=1) if call is marked)
    shown = calls[max(0, last - _CALLS) : last]
    lines = [f"  ({last - len(shown)} calls before)"] if last > len(shown) else []
    for call in shown:
        lines.append(f"{FAILING if call is marked else '  '}{excerpt(str(call))}")
        lines += _outcome(call, excerpt)
    yield "called", lines


def _outcome(call: Call, excerpt: Excerpt) -> Iterator[str]:
    if call.surface == "adapter" and isinstance(call.outcome, Returned):
        return
    said = f"returned {call.outcome}" if isinstance(call.outcome, Returned) else str(call.outcome)
    yield f"    {excerpt(said)}"


def _shown(failure: Failure, excerpt: Excerpt) -> Iterator[Block]:
    error = failure.error
    if isinstance(error, BrokenRule):
        if error.about:
            yield "about", [error.about]
        yield "came back", excerpt.lines(error.came_back)
        yield "expected", excerpt.lines(error.expected)
    elif isinstance(error, Stuck):
        yield "about", [error.about]
        yield "came back", [f"nothing within {error.waited:g} s"]
        yield "expected", ["an answer"]
        yield "stuck at", error.where
    elif isinstance(error, AssertionError):
        yield "came back", excerpt.lines(said(error) or "a failed assertion")
    else:
        yield from _raised(error, failure.ledger)


def _raised(error: BaseException, ledger: Ledger) -> Iterator[Block]:
    if isinstance(error, CannotMigrate | CannotStart):
        yield "because", [str(error), *"\n".join(getattr(error, "__notes__", ())).splitlines()]
        return
    told = [_told(error, _message(error, ledger)), *_causes(error)]
    yield "raised", [*told, *lines_of(frames_of_adapter(error.__traceback__))]


def _program(failure: Failure) -> str:
    """Return the program that a generated sequence is; not indented, to be copied as it is."""
    script = failure.error.script if isinstance(failure.error, BrokenRule) else ""
    return script.replace(LABEL, _selection(failure.repeat))


def _selection(command: str) -> str:
    """Return the name by which a command selects the adapter."""
    selected = re.search(r"--flue-adapter=('[^']*'|\S+)", command)
    return selected.group(1).strip("'") if selected else LABEL


def _example(error: BaseException) -> Iterator[Block]:
    """Show the arguments that hypothesis found, without those that are fixtures."""
    for note in getattr(error, "__notes__", ()):
        call, *arguments = note.splitlines()
        if call.endswith("("):
            plain = [line.strip(" ,") for line in arguments[:-1] if " object at 0x" not in line]
            yield "example", plain


def _repeat(command: str) -> list[str]:
    if "…" not in command:
        return [command]
    return [command, "(… stands for what may hold a password; FLUE_POSTGRES_URL can give a URL)"]


def _laid_out(block: Block) -> str:
    """Put the label beside the first line; the lines of calls bring their own marks."""
    label, lines = block
    indent = " " * (11 if label == "called" else 13)
    first, *others = lines or ("",)
    return "\n".join(
        [f"  {label}".ljust(len(indent)) + first, *(f"{indent}{line}" for line in others)]
    )


def _message(error: BaseException, ledger: Ledger) -> str:
    """Return the message of an error; an adapter's own was asked for it while the call ran."""
    call = ledger.breaking_call(error)
    outcome = call.outcome if call else None
    if isinstance(outcome, Raised) and outcome.error is error:
        return outcome.text
    return said(error)


def _told(error: BaseException, message: str) -> str:
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _causes(error: BaseException) -> Iterator[str]:
    for _ in range(_CAUSES):
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if cause is None:
            return
        yield f"caused by {_told(cause, said(cause))}"
        error = cause


def _line_in(path: Path, error: BaseException) -> int | None:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == path
    ]
    return lines[-1] if lines else None


def leaves(error: BaseException) -> Iterable[BaseException]:
    """Return the errors of a group, or the error itself."""
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from leaves(member)
    else:
        yield error
