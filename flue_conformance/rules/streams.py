"""The event streams of edition 0.11: appending, reading, subscribing."""

from __future__ import annotations

from flue_conformance.rules.rule import EVERY_LEVEL, MAY, MUST, SHOULD, Rule, Verification

RULES: tuple[Rule, ...] = (
    Rule(
        "STREAM-01",
        MUST,
        (
            "`createStream` creates an empty open stream; on an existing stream (open or closed, "
            "with events) it changes nothing."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-02",
        MUST,
        (
            "`getStreamMeta`: null for unknown; {`nextOffset` `-1`, closed false} for empty; "
            "offset of the last event otherwise."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-03",
        MUST,
        (
            "`appendEvent` returns the new event's offset. With no failed appends in between, "
            "offsets are 0, 1, 2 and so on."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-04",
        MUST,
        (
            "Offsets of a stream (of one incarnation: STREAM-25 starts anew) strictly increase, as "
            "numbers and as text, and are never given to two events."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-05",
        MUST,
        "Append to an unknown stream raises and does not create it.",
        since="0.11",
        errors=("StreamMissing",),
    ),
    Rule(
        "STREAM-06",
        MUST,
        "Append to a closed stream raises; nothing stored; meta unchanged.",
        since="0.11",
        errors=("StreamClosed",),
    ),
    Rule(
        "STREAM-07",
        MUST,
        (
            "Any JSON value is an event: object, array, string, null; data round-trips. There is "
            "no 1 MiB limit (2 MiB works)."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-08",
        MUST,
        "A value that cannot be serialised raises and leaves the stream unchanged.",
        since="0.11",
    ),
    Rule(
        "STREAM-09",
        SHOULD,
        "A failed append consumes no offset. Readers must tolerate the gap where one does.",
        since="0.11",
    ),
    Rule(
        "STREAM-10",
        SHOULD,
        (
            "The stored value is the one passed at call time; later mutation by the caller is not "
            "recorded."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-11",
        MUST,
        "Appends issued on one store object without waiting keep their issue order in the stream.",
        since="0.11",
    ),
    Rule(
        "STREAM-12",
        MUST,
        (
            "`readEvents` returns events strictly after `offset`, ascending; offset absent or `-1` "
            "starts at the beginning."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-13",
        MUST,
        (
            "Reading from offset `now` returns no events, `nextOffset` = tail (`-1` if empty), "
            "`upToDate` true."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-14",
        MUST,
        (
            "`nextOffset` of a read = offset of the last returned event; with no events, the "
            "(normalised) requested position."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-15",
        MUST,
        (
            "`upToDate` of a read is true iff nothing lies beyond the returned page; a page of "
            "exactly `limit` events that ends at the tail is up to date."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-16",
        MUST,
        (
            "Reading an unknown stream: empty, `nextOffset` `-1`, `upToDate` true, `closed` false "
            "- no error, even with a bad offset."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-17",
        MUST,
        (
            "`closed` of a read reports the stream state even on a page that is not the last; end "
            "of stream is `closed` and `upToDate`."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-18",
        MUST,
        "Offset text `abc`, empty, `-2`, `0_`, `0_-3` on an existing stream makes a read raise.",
        since="0.11",
        errors=("InvalidOffset",),
    ),
    Rule(
        "STREAM-19",
        MAY,
        (
            "Short or unpadded forms (`2`, `0_2`, `9_1`) are accepted and read as sequence 2, 2, "
            "1; the result offset is in full form."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-20",
        SHOULD,
        (
            "Reading from an offset beyond the tail yields no events, `upToDate` true, and echoes "
            "that position."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-21",
        MUST,
        "Limit of a read: default 100, values above 1000 act as 1000.",
        since="0.11",
    ),
    Rule(
        "STREAM-22",
        MAY,
        (
            "Limit 0 of a read: no events; `upToDate` true only if nothing remains. Falling back "
            "to 100, as later releases do, is permitted too."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-23",
        MAY,
        (
            "Negative, fractional or NaN limits are unspecified: a negative one gives a truncated "
            "or empty page or raises; the others raise."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-24",
        MUST,
        (
            "`closeStream` closes; repeating is fine; on an unknown stream it does nothing and "
            "creates nothing."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-25",
        MUST,
        (
            "`deleteStream` removes stream and events; unknown is a no-op; afterwards meta is "
            "null, reads behave as unknown; re-creation starts at offset 0."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-26",
        SHOULD,
        (
            "Deletion is atomic with respect to concurrent appends: no event of the old stream is "
            "visible in a re-created one."
        ),
        since="0.11",
        verified_by=Verification.RACING,
    ),
    Rule(
        "STREAM-27",
        MUST,
        "Paths are opaque and exact; prefixes (`runs/a`, `runs/ab`) are unrelated.",
        since="0.11",
    ),
    Rule(
        "STREAM-28",
        MUST,
        "`subscribe` is synchronous and works for paths that do not exist yet.",
        since="0.11",
    ),
    Rule(
        "STREAM-29",
        MUST,
        (
            "By the time `appendEvent` or `closeStream` on the same store object returns, each "
            "listener of the path was called (no arguments); the event is already readable from "
            "inside the listener."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-30",
        MUST,
        "Failed appends and `createStream` notify nobody.",
        since="0.11",
    ),
    Rule(
        "STREAM-31",
        SHOULD,
        "Repeated close and `deleteStream` also notify.",
        since="0.11",
    ),
    Rule(
        "STREAM-32",
        MUST,
        "A raising listener affects neither the append nor other listeners.",
        since="0.11",
    ),
    Rule(
        "STREAM-33",
        MUST,
        (
            "After unsubscribe the listener is not called again; unsubscribing during a "
            "notification does not skip others."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-34",
        SHOULD,
        "Unsubscribing twice, or after `deleteStream`, must not disturb other subscribers.",
        since="0.11",
    ),
    Rule(
        "STREAM-35",
        MAY,
        (
            "The same function subscribed twice is called once per event and is gone after one "
            "unsubscribe."
        ),
        since="0.11",
    ),
    Rule(
        "STREAM-36",
        MAY,
        "`deleteStream` drops all subscriptions of the path.",
        since="0.11",
    ),
    Rule(
        "STREAM-37",
        MAY,
        "Delivery to listeners of other store objects or processes is not promised.",
        since="0.11",
    ),
    Rule(
        "STREAM-38",
        MUST,
        (
            "Concurrent appends through several handles: all distinct offsets, every acknowledged "
            "event readable."
        ),
        since="0.11",
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "STREAM-39",
        SHOULD,
        (
            "A reader that always continues from `nextOffset` never misses an acknowledged event, "
            "even with several writing processes."
        ),
        since="0.11",
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
    Rule(
        "STREAM-40",
        MUST,
        (
            "An append racing with `closeStream` either is acknowledged and readable, or raises; "
            "never both or neither."
        ),
        since="0.11",
        levels=EVERY_LEVEL,
        verified_by=Verification.RACING,
    ),
)
