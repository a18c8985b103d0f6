"""Badges: what a certificate or a report says, small enough for the top of a README."""

from __future__ import annotations
