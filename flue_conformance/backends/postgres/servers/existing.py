"""A server that is there already, reached by its URL."""

from __future__ import annotations

from flue_conformance.backends.errors import UsageProblem
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.places import places
from flue_conformance.backends.postgres.servers.server import PostgresServer, new_prefix
from flue_conformance.backends.postgres.url import PostgresUrl

OLDEST_VERSION = 120000


class ExistingServer(PostgresServer):
    """Somebody's server: what the run made on it is dropped, and nothing else is touched."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._guardian = Guardian(sweep, access.url, access.prefix, str(access.schemas or ""))

    def stop(self, *, keep: bool) -> None:
        """Drop what this run made, from whichever process, unless it is kept."""
        if keep:
            self._guardian.dismiss()
        else:
            self._guardian.release()


def use_existing(text: str, source: str) -> ExistingServer:
    """Check that the server at a URL can be used; `source` names where the URL was given.

    Raises `UsageProblem` when it does not answer or lets the role make nothing.
    """
    import psycopg  # noqa: PLC0415 - heavy

    url = PostgresUrl.parse(text, source)
    shown = url.without_secrets()
    try:
        with connect(str(url)) as connection:
            (facts,) = connection.execute(
                "SELECT current_setting('server_version') AS version,"
                " pg_is_in_recovery() AS standby,"
                " rolcreatedb OR rolsuper AS may_create_databases,"
                " has_database_privilege(current_database(), 'CREATE') AS may_create_schemas"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchall()
            version_number = connection.info.server_version
    except psycopg.Error as error:
        reason = " ".join(url.scrub(str(error)).split())
        raise UsageProblem(
            f"The Postgres server of {source} ({shown}) cannot be used: {reason} "
            "Start it, or correct the URL."
        ) from None
    if version_number < OLDEST_VERSION:
        raise UsageProblem(f"The Postgres server of {source} ({shown}) is older than version 12.")
    if facts["standby"]:
        raise UsageProblem(
            f"The Postgres server of {source} ({shown}) is a read-only standby; name its primary."
        )
    if not facts["may_create_databases"] and not facts["may_create_schemas"]:
        raise UsageProblem(
            f"The role of {source} ({shown}) may create neither databases nor schemas: "
            "ALTER ROLE … CREATEDB, or GRANT CREATE ON DATABASE … TO it."
        )
    schemas = not facts["may_create_databases"]
    return ExistingServer(
        Access(
            url=str(url),
            prefix=new_prefix(),
            opening=_opening(shown, schemas=schemas),
            about=f"PostgreSQL {facts['version']} at {shown}, a "
            f"{'schema' if schemas else 'database'} for each spec",
            schemas=schemas,
            given=True,
        )
    )


def sweep(url: str, prefix: str, schemas: str) -> None:
    """Drop everything on a server whose name begins with `prefix`."""
    mine = places(Access(url=url, prefix=prefix, opening="", about="", schemas=bool(schemas)))
    try:
        for name in mine.left():
            mine.remove(name)
    finally:
        mine.close()


def _opening(shown: PostgresUrl, *, schemas: bool) -> str:
    url = str(shown.on_schema("{name}") if schemas else shown.on_database("{name}"))
    return f"psql '{url.replace('%7Bname%7D', '{name}')}'"
