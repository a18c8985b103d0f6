"""The command `flue-conformance`, one module a subcommand."""

from __future__ import annotations

import click

from flue_conformance.cli.group import LazyGroup


@click.group(
    cls=LazyGroup,
    package=__name__,
    examples=[
        "flue-conformance adapters",
        "flue-conformance run mine --report out",
        "flue-conformance explain CLAIM-02",
        "flue-conformance certify dist/my_adapter-1.2.0-py3-none-any.whl --adapter mine",
        "flue-conformance verify dist/*.whl --key author.pub",
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="flue-conformance")
def main() -> None:
    """Prove that a Flue persistence adapter is right."""
