"""`Maker`: what is ready ahead, what waits to be dropped, and who learns of trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest

from flue_conformance.backends.postgres import maker as maker_module
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.maker import Maker
from flue_conformance.backends.postgres.places import Places

Eventually = Callable[[Callable[[], bool]], bool]


class Remembered(Places):
    """Places that exist in a list."""

    def __init__(self) -> None:
        super().__init__(Access(url="postgresql:///", prefix="flue_", opening="", about=""))
        self.there: list[str] = []
        self.copied: dict[str, str | None] = {}
        self.busy: set[str] = set()
        self.trouble: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def make(self, name: str, template: str | None) -> None:
        self.gate.wait()
        if self.trouble:
            raise self.trouble
        self.there.append(name)
        self.copied[name] = template

    def remove(self, name: str) -> None:
        self.gate.wait()
        if self.trouble:
            raise self.trouble
        self.there.remove(name)

    def occupied(self, names: Iterable[str]) -> set[str]:
        return self.busy & set(names)

    def left(self) -> list[str]:
        return self.there

    def url(self, name: str) -> str:
        return name

    def name(self, url: str) -> str:
        return url


@contextmanager
def making(places: Remembered, *, ahead: int, behind: int) -> Iterator[Maker]:
    maker = Maker(places, "flue_", ahead=ahead, behind=behind)
    try:
        yield maker
    finally:
        places.gate.set()
        maker.close()


def test_after_the_first_copy_others_stand_ready(eventually: Eventually) -> None:
    places = Remembered()
    with making(places, ahead=3, behind=0) as maker:
        maker.take("template").result()
        assert eventually(lambda: len(places.there) == 4)
        places.gate.clear()

        ready = [maker.take("template") for _ in range(3)]

        assert all(future.done() for future in ready)
        assert {places.copied[future.result()] for future in ready} == {"template"}


def test_names_differ_between_makers() -> None:
    places = Remembered()
    with making(places, ahead=0, behind=0) as one, making(places, ahead=0, behind=0) as other:
        assert one.take(None).result() != other.take(None).result()


def test_few_returns_are_waited_for_and_more_are(eventually: Eventually) -> None:
    places = Remembered()
    with making(places, ahead=0, behind=2) as maker:
        names = [maker.take(None).result() for _ in range(3)]
        places.busy |= set(names)

        returns = [maker.give_back(name) for name in names]

        assert [future.done() for future in returns] == [True, True, False]
        places.busy.clear()
        returns[2].result(timeout=10)
        assert eventually(lambda: not places.there)


def test_a_busy_database_lets_others_go_first(eventually: Eventually) -> None:
    places = Remembered()
    with making(places, ahead=0, behind=2) as maker:
        stays, leaves = maker.take(None).result(), maker.take(None).result()
        places.busy.add(stays)
        maker.give_back(stays)
        maker.give_back(leaves)

        assert eventually(lambda: places.there == [stays])


def test_a_busy_database_goes_once_patience_ends(
    eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker_module, "GRACE_SECONDS", 0.05)
    places = Remembered()
    with making(places, ahead=0, behind=2) as maker:
        stays = maker.take(None).result()
        places.busy.add(stays)
        maker.give_back(stays)

        assert eventually(lambda: not places.there)


def test_copies_go_with_their_template(eventually: Eventually) -> None:
    places = Remembered()
    with making(places, ahead=3, behind=12) as maker:
        template = "template"
        places.there.append(template)
        taken = maker.take(template).result()
        assert eventually(lambda: len(places.there) == 5)

        maker.give_back(template)

        assert eventually(lambda: places.there == [taken])


def test_who_asked_learns_why_there_is_none() -> None:
    places = Remembered()
    with making(places, ahead=3, behind=0) as maker:
        places.trouble = OSError("no space")

        with pytest.raises(OSError, match="no space"):
            maker.take("template").result()

        places.trouble = None
        assert maker.take("template").result() in places.there


def test_who_waits_for_the_end_learns_why_it_does_not_come() -> None:
    places = Remembered()
    with making(places, ahead=0, behind=0) as maker:
        name = maker.take(None).result()
        places.trouble = OSError("read-only")

        with pytest.raises(OSError, match="read-only"):
            maker.give_back(name).result()


def test_a_closed_maker_makes_nothing() -> None:
    places = Remembered()
    with making(places, ahead=3, behind=3) as maker:
        maker.take(None).result()
    with pytest.raises(RuntimeError, match="closed"):
        maker.take(None)


def test_orders_end_with_the_maker(eventually: Eventually) -> None:
    places = Remembered()
    places.gate.clear()
    with making(places, ahead=0, behind=0) as maker:
        running, waiting = maker.take(None), maker.take(None)
        assert eventually(running.running)
        closing = threading.Thread(target=maker.close)
        closing.start()
        assert eventually(lambda: maker._closed)
        places.gate.set()
        closing.join()

    assert running.result() in places.there
    assert waiting.cancelled()
