"""Postgres for specs: a server a run, and a fresh database a spec."""

from __future__ import annotations

from flue_conformance.backends.postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]
