"""What a backend raises for a person to read."""

from __future__ import annotations


class UsageProblem(Exception):
    """What was asked for cannot be done; the message names the thing at fault and the way out."""


class NotAvailable(Exception):
    """What the backend needs is not on this machine; the message says what to install.

    Specs of the adapter are *not run*, they are never passed.
    """
