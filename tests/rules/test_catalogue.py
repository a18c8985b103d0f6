from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import groupby

import pytest

from flue_conformance.rules import (
    AREAS,
    CATALOGUE,
    EDITIONS,
    Level,
    Requirement,
    Verification,
)

RULES = tuple(CATALOGUE.values())

ERROR_KINDS = {
    "InvalidAcceptedAt",
    "SessionDeleting",
    "SessionBusy",
    "DirectConflict",
    "MalformedRecord",
    "RunIdentity",
    "EventIdentity",
    "EventTooLarge",
    "DuplicateEvent",
    "StreamMissing",
    "StreamClosed",
    "InvalidOffset",
    "ImageTooLarge",
    "InvalidLocation",
    "Storage",
}

RACES = {
    "ADMISSION-24",
    "ADMISSION-25",
    "ORDERING-16",
    "CLAIM-03",
    "CLAIM-04",
    "LIFECYCLE-10",
    "JOURNAL-17",
    "CHUNK-02",
    "SESSION-10",
    "SESSION-11",
    "STREAM-38",
    "STREAM-39",
    "STREAM-40",
    "DELETION-15",
    "ADAPTER-08",
    "ADAPTER-10",
}


def ids(*, level: Level) -> set[str]:
    """Return the rules that count from this level and from no other."""
    return {rule.id for rule in RULES if rule.levels == (level,)}


def test_the_catalogue_holds_the_271_rules_of_the_contract() -> None:
    assert len(CATALOGUE) == 271
    assert Counter(rule.area for rule in RULES) == {
        "sessions": 21,
        "admission": 29,
        "ordering": 17,
        "claims": 11,
        "lifecycle": 15,
        "journals": 20,
        "chunks": 6,
        "leases": 10,
        "deletion": 17,
        "runs": 15,
        "events": 17,
        "streams": 40,
        "index": 20,
        "adapter": 11,
        "encoding": 8,
        "durability": 14,
    }


def test_areas_come_in_the_order_of_the_contract() -> None:
    assert tuple(area for area, _ in groupby(rule.area for rule in RULES)) == AREAS


def test_numbers_are_contiguous_within_an_area_and_ids_are_unique() -> None:
    written = [rule.id for rule in RULES]
    expected = [
        f"{prefix}-{number:02}"
        for prefix, count in Counter(rule_id.partition("-")[0] for rule_id in written).items()
        for number in range(1, count + 1)
    ]

    assert written == expected
    assert list(CATALOGUE) == expected


def test_requirements_are_as_many_of_each_kind_as_in_the_contract() -> None:
    assert Counter(rule.requirement for rule in RULES) == {
        Requirement.MUST: 196,
        Requirement.SHOULD: 54,
        Requirement.MAY: 21,
    }


def test_only_events_and_streams_and_a_few_others_differ_by_edition() -> None:
    only_old = {rule.id for rule in RULES if rule.editions == ("0.10",)}
    only_new = {rule.id for rule in RULES if rule.editions == ("0.11",)}

    assert only_old == {"ADMISSION-16"} | {r.id for r in RULES if r.area == "events"}
    assert only_new == {
        "SESSION-19",
        "SESSION-20",
        "ADMISSION-17",
        "ADMISSION-18",
        "ADMISSION-19",
        "ADAPTER-11",
    } | {r.id for r in RULES if r.area == "streams"}
    assert all(rule.editions == EDITIONS for rule in RULES if rule.id not in only_old | only_new)


def test_the_races_count_at_every_level() -> None:
    assert {rule.id for rule in RULES if rule.levels == tuple(Level)} == RACES
    assert all(CATALOGUE[rule_id].verified_by is Verification.RACING for rule_id in RACES)


def test_the_other_rules_count_from_the_level_that_the_contract_names() -> None:
    single_host = {"DELETION-13", "RUN-12", "INDEX-20"}
    single_host |= {f"DURABILITY-{number}" for number in ("01", "02", "04", "05", "06", "07", "10")}
    multi_replica = {f"DURABILITY-{number}" for number in ("09", "11", "12", "13", "14")}

    assert ids(level=Level.SINGLE_HOST) == single_host
    assert ids(level=Level.MULTI_REPLICA) == multi_replica
    assert ids(level=Level.EPHEMERAL) == set(CATALOGUE) - RACES - single_host - multi_replica


def test_three_rules_are_untested_and_say_why() -> None:
    untested = {rule.id for rule in RULES if not rule.tested}

    assert untested == {"SESSION-18", "CLAIM-11", "DELETION-11"}
    assert untested == {rule.id for rule in RULES if rule.untested_because}


def test_what_speaks_of_damaged_records_or_files_is_marked() -> None:
    planted = {rule.id for rule in RULES if rule.verified_by is Verification.PLANTED}

    assert planted == {
        "SESSION-14",
        "ORDERING-13",
        "ORDERING-14",
        "ORDERING-15",
        "CLAIM-10",
        "DELETION-16",
        "EVENT-14",
    }
    assert {rule.id for rule in RULES if rule.files_only} == {"ADAPTER-09", "DURABILITY-10"}


def test_every_sentence_reads_well_on_any_terminal() -> None:
    for rule in RULES:
        assert rule.sentence.isascii(), rule.id
        assert rule.sentence.isprintable(), rule.id
        assert rule.sentence.endswith((".", ".)")), rule.id
        assert rule.sentence.count("`") % 2 == 0, rule.id
        assert "  " not in rule.sentence, rule.id


def test_sentences_point_only_at_rules_that_exist() -> None:
    prefixes = {rule.id.partition("-")[0] for rule in RULES}
    words = {
        (rule.id, word)
        for rule in RULES
        for word in rule.sentence.replace(",", " ").replace("(", " ").replace(")", " ").split()
        if word.partition("-")[0] in prefixes and "-" in word
    }

    assert len(words) > 15
    assert [(found, word) for found, word in words if word.rstrip(".;:") not in CATALOGUE] == []


def test_errors_are_kinds_of_the_contract() -> None:
    assert {error for rule in RULES for error in rule.errors} == ERROR_KINDS


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE["CLAIM-12"] = CATALOGUE["CLAIM-11"]  # type: ignore[index]


def test_the_rules_import_nothing_but_the_standard_library() -> None:
    program = (
        "import sys, flue_conformance.rules\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "ours = {name for name in sys.modules if name.startswith('flue_conformance.')}\n"
        "print(sorted(name for name in ours if not name.startswith('flue_conformance.rules')))\n"
        "print('pytest' in names, 'sqlalchemy' in names, 'hypothesis' in names)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )

    assert done.stdout.splitlines() == ["[]", "False False False"], done.stderr
