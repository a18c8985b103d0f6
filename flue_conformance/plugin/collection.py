"""Collects the specs, wherever pytest is started and however the user's project is set up.

The specs hang on a root of their own beside the user's tests. No path leads to them, so none of the
settings that are about paths and file names can lose them, and their ids are the same everywhere.
"""

from __future__ import annotations

import gc
import inspect
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from flue_conformance.plugin import fixtures
from flue_conformance.plugin.generated import is_generated
from flue_conformance.plugin.options import Options
from flue_conformance.plugin.outcomes import describe
from flue_conformance.plugin.randomness import Randomness
from flue_conformance.plugin.selection import PREFIX, Selection, take_addresses
from flue_conformance.plugin.spec import Spec, remember
from flue_conformance.plugin.wording import joined
from flue_conformance.rules import AREAS
from flue_conformance.specs.support.database import Subject

SPECS = "flue_conformance.specs"
"""The package whose modules hold the specs, one an area."""
FOLDERS = ("sequences", "histories", "races", "crashes", "power", "servers")
"""Packages within: generated specs of an area, and those that take more than one process."""

COLLECTION = pytest.StashKey["Collection"]()
"""Where the collectors of specs find what a run collects."""


class Collection:
    """What a run collects besides the user's own tests."""

    def __init__(
        self,
        config: pytest.Config,
        subjects: Sequence[Subject],
        selection: Selection,
        randomness: Randomness,
    ) -> None:
        self._config = config
        self._subjects = subjects
        self._randomness = randomness
        self.selection = selection
        self.available: Counter[str] = Counter()
        """How many specs there are for each subject in the areas that were opened."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Keep from pytest the arguments that are no paths, and the paths that nobody gave."""
        self.selection.addresses = take_addresses(self._config)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Hang the specs on the session."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            report.result = [*(report.result or ()), _root(collector)]
        return report

    @pytest.hookimpl(tryfirst=True, specname="pytest_make_collect_report")
    def pytest_make_collect_report_of_specs(
        self, collector: pytest.Collector
    ) -> pytest.CollectReport | None:
        """Keep `--lf` from emptying modules that it takes for files without a failure."""
        manager = self._config.pluginmanager
        pruner = manager.get_plugin("lfplugin-collskip")
        if pruner is None or not isinstance(collector, SpecRoot | SpecModule):
            return None
        hook = manager.subset_hook_caller("pytest_make_collect_report", [pruner, self])
        report: pytest.CollectReport | None = hook(collector=collector)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each spec on each subject."""
        if metafunc.definition.getparent(SpecModule):
            names = [subject.name for subject in self._subjects]
            metafunc.parametrize("subject", self._subjects, ids=names, indirect=True)

    # Inside the wrapper with which pytest-asyncio looks at marks.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class
    ) -> Generator[None, object, object]:
        """Mark asynchronous specs, so that the user's `asyncio_mode` does not matter."""
        made = yield
        if isinstance(collector, SpecModule):
            for item in made if isinstance(made, list) else [made]:
                if isinstance(item, pytest.Function):
                    self._prepare(item)
        return made

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, items: list[pytest.Item]
    ) -> None:
        """Refuse addresses where there is no spec."""
        if not self.selection.missed or session.testsfailed:
            return
        if not hasattr(self._config, "workerinput"):
            raise pytest.UsageError(nothing_at(self.selection.missed, self._subjects))
        items.clear()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Spare what stays to the end of the run the garbage collector's further visits."""
        gc.collect()
        gc.freeze()
        self._config.add_cleanup(gc.unfreeze)

    def _prepare(self, item: pytest.Function) -> None:
        function = item.obj
        if is_generated(item):
            played = item.nodeid.startswith(f"{PREFIX}sequences.")
            times = Options.of(self._config).effort if played else 1
            self._randomness.fix(function, times=times)
            function = function.hypothesis.inner_test
        if inspect.iscoroutinefunction(function):
            item.add_marker(pytest.mark.asyncio(loop_scope="function"))


class SpecRoot(pytest.Module):
    """The root of all specs; it stands for the module of fixtures, which specs alone can see.

    Being nearer to specs than any conftest, these fixtures cannot be overridden by accident.
    """

    def collect(self) -> Iterable[pytest.Collector]:
        """Return the modules of the areas that may hold wanted specs."""
        self.obj = fixtures
        list(super().collect())
        selection = self.config.stash[COLLECTION].selection
        for place in places():
            if selection.opens(place):
                yield _module(self, place)

    def funcnamefilter(self, name: str) -> bool:
        """Find no tests among the fixtures, whatever `python_functions` says."""
        del name
        return False

    classnamefilter = funcnamefilter


class SpecModule(pytest.Module):
    """The specs of one area that need the same of the machine."""

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Return the wanted specs, each on the subjects whose edition has its rule."""
        place = self.name.removeprefix(PREFIX)
        collection = self.config.stash[COLLECTION]
        # By its name and not by its path: pytest would put the kit's folder in front of `sys.path`.
        self.obj = import_module(f"{SPECS}.{place}")
        for item in super().collect():
            assert isinstance(item, pytest.Function)
            spec = Spec.of(item)
            if not spec.proofs:
                continue
            collection.available[spec.subject.name] += 1
            if collection.selection.wants(place, item.name, (proof.rule for proof in spec.proofs)):
                remember(item, spec)
                describe(item, spec)
                yield item

    def funcnamefilter(self, name: str) -> bool:
        """Find specs by the kit's own rule, whatever `python_functions` says."""
        return name.startswith("test_")

    def classnamefilter(self, name: str) -> bool:
        """Find no classes: specs are functions."""
        del name
        return False


def nothing_at(addresses: Sequence[object], subjects: Sequence[Subject]) -> str:
    """Return what is wrong with addresses at which there is no spec."""
    places = joined([str(address) for address in addresses])
    return f"There is no spec at {places}; this run is about {joined([s.name for s in subjects])}."


def places() -> Iterator[str]:
    """Return where specs are, such as `claims` and `races.claims`, in the order of a run."""
    inside = {found.name for found in iter_modules(import_module(SPECS).__path__)}
    for folder in ("", *(folder for folder in FOLDERS if folder in inside)):
        package = import_module(f"{SPECS}.{folder}".rstrip("."))
        names = [found.name for found in iter_modules(package.__path__) if not found.ispkg]
        for area in sorted(names, key=_rank):
            yield f"{folder}.{area}".lstrip(".")


def _rank(area: str) -> tuple[int, str]:
    return (AREAS.index(area) if area in AREAS else len(AREAS), area)


# pytest would rather make ids itself than be given one; should it insist, only the ids change.


def _root(session: pytest.Session) -> SpecRoot:
    path = Path(str(fixtures.__file__))
    return SpecRoot.from_parent(session, name="flue", path=path, nodeid="flue")


def _module(root: SpecRoot, place: str) -> SpecModule:
    name = f"{PREFIX}{place}"
    path = Path(import_module(SPECS).__path__[0], *place.split(".")).with_suffix(".py")
    return SpecModule.from_parent(root, name=name, path=path, nodeid=name)
