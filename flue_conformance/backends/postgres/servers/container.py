"""A server in a container, started through testcontainers and reached on loopback only."""

from __future__ import annotations

import importlib.util
import secrets
import socket
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flue_conformance.backends.errors import NotAvailable
from flue_conformance.backends.guardian import Guardian
from flue_conformance.backends.postgres.access import Access
from flue_conformance.backends.postgres.driver import connect
from flue_conformance.backends.postgres.servers.server import SETTINGS, PostgresServer, new_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient  # type: ignore[import-untyped]
    from testcontainers.core.container import DockerContainer

ANSWER_SECONDS = 1
"""How long an engine gets to answer before it counts as absent."""
READY_SECONDS = 60.0
POLL_SECONDS = 0.05
PORT = "5432/tcp"
USER = "flue"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MEMORY = "/flue"
"""Where the container mounts a file system in memory."""


class Container(PostgresServer):
    """A container of our own; its data is in memory, unless databases may be kept."""

    def __init__(self, image: str, *, may_pull: bool, keep: bool) -> None:
        _require_engine(image, may_pull=may_pull)
        prefix = new_prefix()
        name = f"{prefix}postgres".replace("_", "-")
        self._password = secrets.token_urlsafe(24)
        self._guardian = Guardian(remove_container, name)
        try:
            self._container = self._start(image, name, keep=keep)
            url, version = self._wait_until_ready()
        except BaseException as error:
            self._guardian.release()
            if not _of_the_engine(error):
                raise
            reason = " ".join(str(error).split())
            raise NotAvailable(f"no container of {image} can be started: {reason}") from error
        self.access = Access(
            url=url,
            prefix=prefix,
            opening=f"docker start {name} && docker exec -it {name} psql -U {USER} {{name}}",
            about=f"PostgreSQL {version}, in a container of {image}",
            strategy=None if keep else "FILE_COPY",
        )

    def stop(self, *, keep: bool) -> None:
        """Remove the container, or only stop it where its databases are kept."""
        if keep:
            self._container.get_wrapped_container().stop()
            self._guardian.dismiss()
        else:
            self._guardian.release()
        self._container.get_docker_client().client.close()

    def _start(self, image: str, name: str, *, keep: bool) -> DockerContainer:
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - heavy

        container = DockerContainer(
            image,
            name=name,
            command=" ".join(f"-c {name}={value}" for name, value in SETTINGS.items()),
            env={
                "POSTGRES_USER": USER,
                "POSTGRES_PASSWORD": self._password,
                "POSTGRES_DB": USER,
            },
        )
        # A port that the engine chooses, on loopback only.
        container.ports = {PORT: ("127.0.0.1",)}  # type: ignore[dict-item]
        if not keep:
            container.with_tmpfs_mount(MEMORY).with_env("PGDATA", f"{MEMORY}/data")
        with _without_reaper():
            return container.start()

    def _wait_until_ready(self) -> tuple[str, str]:
        """Wait for an answer from outside, as adapters will; returns the URL and the version."""
        import psycopg  # noqa: PLC0415 - heavy

        container = self._container.get_wrapped_container()
        deadline = time.monotonic() + READY_SECONDS
        while True:
            container.reload()
            published = container.ports.get(PORT)
            if container.status != "running" or not published or time.monotonic() > deadline:
                last_words = container.logs(tail=20).decode(errors="replace")
                raise NotAvailable(
                    f"the container did not become ready: {' '.join(last_words.split())}"
                )
            address = f"127.0.0.1:{published[0]['HostPort']}"
            url = f"postgresql://{USER}:{self._password}@{address}/{USER}"
            with suppress(psycopg.OperationalError), connect(url) as connection:
                return url, str(connection.info.parameter_status("server_version"))
            time.sleep(POLL_SECONDS)


def remove_container(name: str) -> None:
    """Remove a container that may be gone already, and its volumes."""
    from docker.errors import NotFound  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy

    with closing(_engine()) as engine, suppress(NotFound):
        engine.containers.get(name).remove(force=True, v=True)


def _require_engine(image: str, *, may_pull: bool) -> None:
    """Raise `NotAvailable` unless an engine on this machine answers and may use the image."""
    if not importlib.util.find_spec("testcontainers"):
        raise NotAvailable(
            "the package testcontainers is not installed "
            "(pip install 'flue-conformance[testcontainers]')"
        )
    from docker.errors import DockerException, ImageNotFound  # noqa: PLC0415 - heavy

    try:
        _knock()
        with closing(_engine(timeout=ANSWER_SECONDS)) as engine:
            if not may_pull:
                engine.images.get(_full_name(image))
    except ImageNotFound as error:
        raise NotAvailable(f"Docker has no image {image} (docker pull {image})") from error
    except (DockerException, OSError) as error:
        raise NotAvailable("no Docker engine answers") from error


def _knock() -> None:
    """Raise unless somebody listens where the engine should, on this machine.

    The engine's own client would leave an unclosed socket behind, and with it a warning.
    """
    from docker.utils import parse_host  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy
    from testcontainers.core.docker_client import get_docker_host  # noqa: PLC0415 - heavy

    address = urlsplit(parse_host(get_docker_host()))
    if address.scheme == "http+unix":
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(ANSWER_SECONDS)
            knocking.connect(address.path)
    elif address.scheme != "npipe" and address.hostname not in LOCAL_HOSTS:
        raise NotAvailable(
            f"the Docker engine is on another machine ({address.hostname}), and containers are "
            "published on loopback only; start a server there and give its URL"
        )


def _engine(timeout: int = 60) -> DockerClient:
    """Connect to the engine that testcontainers would use."""
    import docker  # noqa: PLC0415 - heavy
    from testcontainers.core.docker_client import get_docker_host  # noqa: PLC0415 - heavy

    host = get_docker_host()
    return (
        docker.DockerClient(base_url=host, timeout=timeout)
        if host
        else docker.from_env(timeout=timeout)
    )


def _full_name(image: str) -> str:
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 - heavy

    return f"{testcontainers_config.hub_image_name_prefix}{image}"


@contextmanager
def _without_reaper() -> Iterator[None]:
    """Keep testcontainers from pulling an image that removes containers; a guardian does it."""
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415 - heavy

    before = testcontainers_config.ryuk_disabled
    testcontainers_config.ryuk_disabled = True
    try:
        yield
    finally:
        testcontainers_config.ryuk_disabled = before


def _of_the_engine(error: BaseException) -> bool:
    from docker.errors import DockerException  # noqa: PLC0415 - heavy

    return isinstance(error, (DockerException, OSError))
