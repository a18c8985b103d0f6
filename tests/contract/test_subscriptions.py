"""Listeners of one stream cannot disturb each other."""

from __future__ import annotations

import logging

import pytest

from flue_conformance.contract import Subscriptions


def test_ending_a_subscription_again_leaves_later_ones_alone() -> None:
    subscriptions = Subscriptions()
    calls: list[str] = []

    def listener() -> None:
        calls.append("called")

    first = subscriptions.subscribe("a", listener)
    first()
    subscriptions.subscribe("a", listener)
    first()
    subscriptions.notify("a")

    assert calls == ["called"]


def test_a_listener_that_ends_another_one_silences_it_and_nobody_else() -> None:
    subscriptions = Subscriptions()
    calls: list[str] = []

    def end_second() -> None:
        end()

    subscriptions.subscribe("a", end_second)
    end = subscriptions.subscribe("a", lambda: calls.append("second"))
    subscriptions.subscribe("a", lambda: calls.append("third"))
    subscriptions.notify("a")

    assert calls == ["third"]


def test_a_listener_that_subscribes_is_not_called_for_the_same_change() -> None:
    subscriptions = Subscriptions()
    calls: list[str] = []

    def subscribe_another() -> None:
        subscriptions.subscribe("a", lambda: calls.append("late"))

    subscriptions.subscribe("a", subscribe_another)
    subscriptions.notify("a")

    assert calls == []


def test_a_listener_that_raises_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    subscriptions = Subscriptions()
    calls: list[str] = []

    def fail() -> None:
        raise LookupError("broken")

    subscriptions.subscribe("a", fail)
    subscriptions.subscribe("a", lambda: calls.append("called"))
    with caplog.at_level(logging.ERROR):
        subscriptions.notify("a")

    assert calls == ["called"]
    assert "broken" in caplog.text


def test_nothing_is_kept_of_ended_subscriptions() -> None:
    subscriptions = Subscriptions()
    for _ in range(2):
        subscriptions.subscribe("a", lambda: None)()

    assert subscriptions._topics == {}
