"""Certificates: what a clean run showed of a file, signed, and how that is verified."""

from __future__ import annotations
