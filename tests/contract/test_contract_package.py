from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from flue_conformance.contract import (
    ABSENT,
    KINDS,
    ContractError,
    EventTooLarge,
    InvalidAcceptedAt,
    Storage,
    kind_of,
)
from flue_conformance.contract.errors import is_kind


def test_it_imports_the_standard_library_alone() -> None:
    listing = (
        "import sys; before = set(sys.modules); import flue_conformance.contract;"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    shown = subprocess.run(
        [sys.executable, "-c", listing], check=True, capture_output=True, text=True
    ).stdout

    foreign = {name for name in shown.split() if name not in sys.stdlib_module_names}
    assert foreign == {"flue_conformance"}


def test_absent_is_one_object_in_every_process() -> None:
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT
    assert copy.deepcopy(ABSENT) is ABSENT
    assert repr(ABSENT) == "ABSENT"
    assert not ABSENT


def test_every_kind_of_the_contract_has_its_class() -> None:
    assert len(KINDS) == 16
    assert all(error.kind == kind for kind, error in KINDS.items())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (EventTooLarge("whatever"), "EventTooLarge"),
        (RuntimeError("[flue] Invalid acceptedAt of a dispatch"), "InvalidAcceptedAt"),
        (RuntimeError("UNIQUE constraint failed: flue_run_events"), "DuplicateEvent"),
        (RuntimeError("database is locked"), "Storage"),
        (Storage("the session is being deleted by the disk"), "Storage"),
    ],
)
def test_an_error_is_told_by_class_or_by_its_words(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_an_error_may_carry_its_kind_as_data() -> None:
    class Foreign(Exception):  # noqa: N818 - a name as adapters choose them
        kind = "InvalidAcceptedAt"

    assert kind_of(Foreign()) == InvalidAcceptedAt.kind
    assert issubclass(KINDS["InvalidAcceptedAt"], ContractError)


def test_every_error_of_no_other_kind_passes_for_storage() -> None:
    assert is_kind(OSError("disk full"), Storage)
    assert not is_kind(ValueError("Invalid stream offset: abc"), Storage)
