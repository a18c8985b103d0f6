"""The tables of section 4 of the contract, and the few that these adapters add.

Official adapters can share a database with these: tables and columns are theirs. Additions are
named `flue_reference_…`, and durations are widened so that long and fractional ones fit.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    literal_column,
    text,
)
from sqlalchemy.types import TypeEngine

from reference_adapters.dialects import Dialect, by_code_point
from reference_adapters.editions import Edition

_INSTANT: Final = BigInteger().with_variant(Integer(), "sqlite")
_FLAG: Final = Boolean().with_variant(Integer(), "sqlite")
# SQLite's integer columns keep fractions as they are.
_DURATION: Final[TypeEngine[float]] = Double().with_variant(Integer(), "sqlite")
_CREATED_AT: Final = TIMESTAMP(timezone=True).with_variant(Text(), "sqlite")

_metadata: Final = MetaData()
# The session layouts of the two editions share a table name.
_whole_sessions_metadata: Final = MetaData()

submissions: Final = Table(
    "flue_agent_submissions",
    _metadata,
    Column("sequence", _INSTANT, Identity(always=True), primary_key=True),
    Column("submission_id", Text, nullable=False, unique=True),
    Column("session_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("accepted_at", _INSTANT, nullable=False),
    Column("attempt_id", Text),
    Column("input_applied_at", _INSTANT),
    Column("recovery_requested_at", _INSTANT),
    Column("started_at", _INSTANT),
    Column("settled_at", _INSTANT),
    Column("error", Text),
    Column("attempt_count", Integer, nullable=False, server_default=text("0")),
    Column("max_retry", Integer, nullable=False, server_default=text("10")),
    Column("timeout_at", _INSTANT, nullable=False, server_default=text("0")),
    Column("owner_id", Text),
    Column("lease_expires_at", _INSTANT, nullable=False, server_default=text("0")),
    # Numbers of deleted submissions are never used again. ORDERING-01.
    sqlite_autoincrement=True,
)

# Spelt out, not a parameter: only then do planners see that the partial indexes apply.
unsettled: Final[ColumnElement[bool]] = submissions.c.status != literal_column("'settled'", Text)
"""Queued or running, or in a state that only a damaged row has."""

Index(
    "flue_agent_submissions_status_sequence_idx",
    submissions.c.status,
    submissions.c.sequence,
)
Index(
    "flue_agent_submissions_session_status_sequence_idx",
    submissions.c.session_key,
    submissions.c.status,
    submissions.c.sequence,
)
# What is settled only grows; claims and listings look at the rest alone.
Index(
    "flue_reference_submissions_unsettled_idx",
    submissions.c.sequence,
    sqlite_where=unsettled,
    postgresql_where=unsettled,
)
Index(
    "flue_reference_submissions_session_unsettled_idx",
    submissions.c.session_key,
    submissions.c.sequence,
    sqlite_where=unsettled,
    postgresql_where=unsettled,
)

turn_journals: Final = Table(
    "flue_agent_turn_journals",
    _metadata,
    Column("submission_id", Text, primary_key=True),
    Column("session_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("attempt_id", Text, nullable=False),
    Column("operation_id", Text, nullable=False),
    Column("turn_id", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
    Column("checkpoint_leaf_id", Text),
    Column("tool_request_json", Text),
    Column("stream_key", Text),
    Column("stream_consumed_at", _INSTANT),
    Column("committed", Integer, nullable=False, server_default=text("0")),
    Column("committed_leaf_id", Text),
)

stream_chunks: Final = Table(
    "flue_agent_stream_chunks",
    _metadata,
    Column("stream_key", Text, primary_key=True),
    Column("segment_index", Integer, primary_key=True),
    Column("body", Text, nullable=False),
    Column("created_at", _INSTANT, nullable=False),
)

session_deletions: Final = Table(
    "flue_agent_session_deletions",
    _metadata,
    Column("session_key", Text, primary_key=True),
    Column("started_at", _INSTANT, nullable=False),
)

dispatch_receipts: Final = Table(
    "flue_agent_dispatch_receipts",
    _metadata,
    Column("dispatch_id", Text, primary_key=True),
    Column("accepted_at", _INSTANT, nullable=False),
    Column("settled_at", _INSTANT, nullable=False),
)

deletion_owners: Final = Table(
    "flue_reference_deletion_owners",
    _metadata,
    Column("session_key", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("alive_until", _INSTANT, nullable=False),
)

whole_sessions: Final = Table(
    "flue_sessions",
    _whole_sessions_metadata,
    Column("id", Text, primary_key=True),
    Column("data", Text, nullable=False),
    Column("updated_at", _INSTANT, nullable=False),
)
"""Sessions of edition 0.10: the record in one text."""

sessions: Final = Table(
    "flue_sessions",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("data", Text, nullable=False),
)
"""Sessions of edition 0.11: the record without its entries."""

session_entries: Final = Table(
    "flue_session_entries",
    _metadata,
    Column("session_id", Text, primary_key=True),
    Column("entry_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("data", Text, nullable=False),
)
Index(
    "flue_session_entries_session_position_idx",
    session_entries.c.session_id,
    session_entries.c.position,
)

image_chunks: Final = Table(
    "flue_image_chunks",
    _metadata,
    Column("owner_kind", Text, primary_key=True),
    Column("owner_id", Text, primary_key=True),
    Column("owner_part", Text, primary_key=True),
    Column("image_id", Text, primary_key=True),
    Column("chunk_index", Integer, primary_key=True),
    Column("chunk_count", Integer, nullable=False),
    Column("data", Text, nullable=False),
)

runs: Final = Table(
    "flue_runs",
    _metadata,
    Column("run_id", Text, primary_key=True),
    Column("owner_kind", Text, nullable=False),
    Column("workflow_name", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("payload", Text),
    Column("ended_at", Text),
    Column("is_error", _FLAG),
    Column("duration_ms", _DURATION),
    Column("result", Text),
    Column("error", Text),
)

run_events: Final = Table(
    "flue_run_events",
    _metadata,
    Column("run_id", Text, ForeignKey(runs.c.run_id), primary_key=True),
    Column("event_index", _INSTANT, primary_key=True),
    Column("payload", Text, nullable=False),
)

run_registry: Final = Table(
    "flue_run_registry",
    _metadata,
    Column("run_id", Text, primary_key=True),
    Column("owner_kind", Text, nullable=False),
    Column("workflow_name", Text, nullable=False),
    Column("instance_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("duration_ms", _DURATION),
    Column("is_error", _FLAG),
)
Index(
    "flue_run_registry_status_started_idx",
    run_registry.c.status,
    run_registry.c.started_at.desc(),
    run_registry.c.run_id.desc(),
)
_newest_first: Final = (
    by_code_point(run_registry.c.started_at).desc(),
    by_code_point(run_registry.c.run_id).desc(),
)
# One for each combination of filters, so that a page never reads what it does not return.
Index("flue_reference_registry_started_idx", *_newest_first)
Index("flue_reference_registry_workflow_idx", run_registry.c.workflow_name, *_newest_first)
Index(
    "flue_reference_registry_workflow_status_idx",
    run_registry.c.workflow_name,
    run_registry.c.status,
    *_newest_first,
)
# In SQLite the official index is by code point already.
Index("flue_reference_registry_status_idx", run_registry.c.status, *_newest_first).ddl_if(
    dialect="postgresql"
)

event_streams: Final = Table(
    "flue_event_streams",
    _metadata,
    Column("path", Text, primary_key=True),
    Column("next_offset", Integer, nullable=False, server_default=text("0")),
    Column("closed", _FLAG, nullable=False, server_default=text("false")),
    Column("created_at", _CREATED_AT, nullable=False, server_default=text("CURRENT_TIMESTAMP")),
)

event_stream_entries: Final = Table(
    "flue_event_stream_entries",
    _metadata,
    Column("path", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("data", Text, nullable=False),
)

_BOTH_EDITIONS: Final = (
    submissions,
    turn_journals,
    stream_chunks,
    session_deletions,
    dispatch_receipts,
    deletion_owners,
    runs,
    run_registry,
)
_ONE_EDITION: Final[dict[Edition, tuple[Table, ...]]] = {
    "0.10": (whole_sessions, run_events),
    "0.11": (sessions, session_entries, image_chunks, event_streams, event_stream_entries),
}


def tables(edition: Edition, dialect: Dialect) -> list[Table]:
    """Return the tables of an edition, in an order in which they can be made."""
    wanted = (*_BOTH_EDITIONS, *_ONE_EDITION[edition])
    return [table for table in wanted if table is not image_chunks or dialect.keeps_images_apart]
