"""Runs that certify: a clean environment, and a process that nothing of a project reaches."""

from __future__ import annotations
