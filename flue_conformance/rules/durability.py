"""What survives a crash, a power loss or a lost connection, and how work goes on after it."""

from __future__ import annotations

from flue_conformance.rules.rule import MUST, SHOULD, Level, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "DURABILITY-01",
        MUST,
        (
            "When an operation has returned, its effect survives an abrupt kill of the process "
            "(persistent locations; sessions, submissions, journals, chunks, receipts, markers; in "
            "0.11 streams)."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DURABILITY-02",
        MUST,
        (
            "An operation interrupted by a kill is afterwards either fully applied or not at all: "
            "no half claim, no journal moved without its submission, no receipt without removal, "
            "no session without its entries. Exceptions: a session deletion may stop between its "
            "phases (DELETION-13); a stream append may leave an offset gap (STREAM-09)."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DURABILITY-03",
        MUST,
        (
            "Read-your-writes: after an operation returned, every handle on the same database "
            "observes it (in the scope of DURABILITY-01; runs and registry: RUN-13, INDEX-20)."
        ),
    ),
    Rule(
        "DURABILITY-04",
        MUST,
        (
            "After restart a submission that was running is still running with the same attempt, "
            "owner and lease; nothing is requeued or settled by opening the database."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DURABILITY-05",
        MUST,
        (
            "After restart a submission that was running becomes visible to "
            "`listExpiredSubmissions` only once its lease has passed, and blocks its session until "
            "then."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DURABILITY-06",
        MUST,
        (
            "Fencing: after a takeover by replacement, as JOURNAL-19. After a requeue, also when "
            "reclaimed: the dead attempt's mark, recovery request, requeue, complete, fail and "
            "replace are refused; the journal goes on answering the attempt that it names "
            "(JOURNAL-06, LIFECYCLE-08). Session saves are unfenced by design."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.CRASH,
    ),
    Rule(
        "DURABILITY-07",
        MUST,
        "Of several recoverers acting on one expired submission at most one obtains it.",
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.RACING,
    ),
    Rule(
        "DURABILITY-08",
        MUST,
        (
            "An operation that raised (constraint, timeout, lost connection) or was cancelled "
            "leaves the adapter usable for the next call; the outcome of a cancelled call is "
            "unknown."
        ),
    ),
    Rule(
        "DURABILITY-09",
        SHOULD,
        (
            "An error after which the caller cannot know the outcome (connection lost during "
            "commit) is safe to retry: replays of admission, chunk append, claim by same attempt "
            "id followed by `getSubmission`, all tell the truth."
        ),
        levels=(Level.MULTI_REPLICA,),
        verified_by=Verification.FAULT,
    ),
    Rule(
        "DURABILITY-10",
        MUST,
        (
            "File locations: an acknowledged effect survives a power loss; it is on stable storage "
            "before the call returns."
        ),
        levels=(Level.SINGLE_HOST,),
        verified_by=Verification.FAULT,
        files_only=True,
    ),
    Rule(
        "DURABILITY-11",
        MUST,
        "Server locations: acknowledged effects survive a kill and restart of the server.",
        levels=(Level.MULTI_REPLICA,),
        verified_by=Verification.FAULT,
    ),
    Rule(
        "DURABILITY-12",
        MUST,
        (
            "Server locations: after cut connections or a server restart, an open adapter works "
            "again without being reopened, within a bounded time."
        ),
        levels=(Level.MULTI_REPLICA,),
        verified_by=Verification.FAULT,
    ),
    Rule(
        "DURABILITY-13",
        SHOULD,
        "More concurrent calls than the pool has connections wait; none hangs, none is lost.",
        levels=(Level.MULTI_REPLICA,),
        verified_by=Verification.RACING,
    ),
    Rule(
        "DURABILITY-14",
        SHOULD,
        (
            "After promotion of a synchronous standby and loss of the primary with its data, every "
            "acknowledged effect is there and work goes on."
        ),
        levels=(Level.MULTI_REPLICA,),
        verified_by=Verification.FAULT,
    ),
)
