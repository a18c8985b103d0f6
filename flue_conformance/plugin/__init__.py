"""The pytest plugin: `--flue-adapter` runs the specs on an adapter.

Every run of pytest loads this module. Without `--flue-adapter` it changes nothing and imports
nothing more; `run` has what happens with it.
"""

from __future__ import annotations

import sys
import warnings

import pytest

from flue_conformance.plugin.options import Options, add_options

# With plugin autoload off, and for editable installs, pytest would leave our asserts bare.
pytest.register_assert_rewrite("flue_conformance.specs")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Load what runs the specs, where the command line turned the loading of plugins off."""
    if early_config.known_args_namespace.flue_adapter:
        _load_pytest_asyncio(early_config.pluginmanager)


# Before pytest-asyncio, whose warning it anticipates.
@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin a run of the specs, if an adapter was named."""
    config.addinivalue_line("markers", "flue_rule(id, level): the rule that a spec tries to break")
    config.addinivalue_line("markers", "flue_requires(need): what the adapter must have for a spec")
    options = Options.of(config)
    if options.adapters:
        from flue_conformance.plugin.run import begin  # noqa: PLC0415 - idle runs go without

        # Specs and their fixtures say their loop scope, so nobody need set a default for them.
        warnings.filterwarnings("ignore", ".*asyncio_default_fixture_loop_scope", Warning)
        begin(config, options)
    elif options.require:
        raise pytest.UsageError(
            "--flue-require needs an adapter that can earn the level: add --flue-adapter=NAME."
        )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Print the catalogue, if that is all that was asked for."""
    options = Options.of(config)
    if not options.listing:
        return None
    from flue_conformance.plugin.listing import listing  # noqa: PLC0415 - idle runs go without

    sys.stdout.write(listing(options))
    return int(pytest.ExitCode.OK)


def _load_pytest_asyncio(plugins: pytest.PytestPluginManager) -> None:
    loaded = sys.modules.get("pytest_asyncio.plugin")
    if loaded is not None and plugins.is_registered(loaded):
        return
    if plugins.is_blocked("asyncio") or plugins.is_blocked("pytest_asyncio.plugin"):
        raise pytest.UsageError(
            "--flue-adapter needs pytest-asyncio, which -p no:asyncio turns off."
        )
    plugins.import_plugin("pytest_asyncio.plugin")
