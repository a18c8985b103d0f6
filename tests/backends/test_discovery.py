"""Discovery: which adapter a name means, and what it says when it means none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from flue_conformance.backends import Settings, UsageProblem
from flue_conformance.backends.discovery import installed, select

SETTINGS = Settings()

BACKEND = """
from flue_conformance.backends import Backend, MemoryBackend

class Adapter:
    pass

backend = MemoryBackend(lambda edition: Adapter(), editions={"0.11"})
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a made-up distribution with adapters and modules on the import path."""

    def put(
        distribution: str, *adapters: str, modules: dict[str, str], metadata: str = "dist-info"
    ) -> Path:
        path = tmp_path / f"{distribution}-{metadata}"
        folder = path / f"{distribution.replace('-', '_')}-1.0.{metadata}"
        folder.mkdir(parents=True)
        name = "METADATA" if metadata == "dist-info" else "PKG-INFO"
        (folder / name).write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = "\n".join(adapters)
        (folder / "entry_points.txt").write_text(f"[flue.adapters]\n{lines}\n")
        for module, text in modules.items():
            (path / f"{module}.py").write_text(dedent(text))
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.syspath_prepend(path)
        return path

    return put


def refused(*selections: str) -> str:
    """Select what cannot be had; returns the problem, which is one paragraph."""
    with pytest.raises(UsageProblem) as problem:
        select(selections, SETTINGS)
    assert "\n" not in str(problem.value)
    return str(problem.value)


def test_a_name_brings_its_backend_under_that_label(install: Install) -> None:
    install("mine-dist", "mine = mine_a:backend", modules={"mine_a": BACKEND})

    (backend,) = select(["mine"], SETTINGS)

    assert backend.label == "mine"
    assert backend is not sys.modules["mine_a"].backend
    assert sys.modules["mine_a"].backend.label == ""


def test_a_backend_keeps_the_label_that_it_has(install: Install) -> None:
    text = BACKEND + "backend.label = 'own'"
    install("mine-dist", "mine = mine_b:backend", modules={"mine_b": text})

    assert [backend.label for backend in select(["mine"], SETTINGS)] == ["own"]


def test_only_the_named_entry_point_is_imported(install: Install) -> None:
    install(
        "mine-dist",
        "mine = mine_c:backend",
        "other = other_c:backend",
        modules={"mine_c": BACKEND, "other_c": "raise RuntimeError"},
    )

    select(["mine"], SETTINGS)

    assert "other_c" not in sys.modules


def test_the_argument_is_all_that_follows_the_first_colon(install: Install) -> None:
    text = BACKEND + dedent(
        """
        class Takes(type(backend)):
            def configure(self, argument, settings):
                self.label = "takes-" + "postgres"
                self.argument = argument
                return self

        takes = Takes(lambda edition: Adapter(), editions={"0.11"})
        """
    )
    install("mine-dist", "packed = mine_d:takes", modules={"mine_d": text})

    (backend,) = select(["packed:@flue/postgres#a:b"], SETTINGS)

    assert vars(backend)["argument"] == "@flue/postgres#a:b"
    assert backend.label == "takes-postgres"


def test_all_means_every_installed_one(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    path = install(
        "mine-dist",
        "two = mine_e:backend",
        "one = mine_e:backend",
        modules={"mine_e": BACKEND},
    )
    monkeypatch.setattr(sys, "path", [str(path)])

    assert [backend.label for backend in select(["all"], SETTINGS)] == ["one", "two"]


def test_all_leaves_out_what_is_an_adapter_only_with_an_argument(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = f"{BACKEND}\nbackend.needs_argument = True\n"
    path = install(
        "mine-dist",
        "mine = mine_p:backend",
        "others = mine_q:backend",
        modules={"mine_p": BACKEND, "mine_q": asking},
    )
    monkeypatch.setattr(sys, "path", [str(path)])

    assert [backend.label for backend in select(["all"], SETTINGS)] == ["mine"]


def test_a_name_given_twice_is_one_adapter(install: Install) -> None:
    install("mine-dist", "mine = mine_f:backend", modules={"mine_f": BACKEND})

    assert len(select(["mine", "mine"], SETTINGS)) == 1


def test_an_unknown_name_lists_those_found_and_the_nearest(install: Install) -> None:
    install("mine-dist", "mine = mine_g:backend", modules={"mine_g": BACKEND})

    said = refused("mien")

    assert "No adapter 'mien'" in said
    assert ", mine" in said
    assert said.endswith("Did you mean 'mine'?")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("import nowhere_at_all", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def broken(:", "SyntaxError: "),
        ("raise SystemExit('no\\nlicence')", "SystemExit: no licence"),
        ("other = 1", "AttributeError: "),
    ],
)
def test_an_entry_point_that_cannot_be_imported_names_its_distribution(
    text: str, cause: str, install: Install
) -> None:
    install("mine-dist", "mine = mine_h:backend", modules={"mine_h": text})

    said = refused("mine")

    assert "the distribution mine-dist (mine_h:backend) cannot be imported" in said
    assert cause in said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("backend = 1", "int"),
        (BACKEND + "backend = MemoryBackend", "the class MemoryBackend"),
    ],
)
def test_what_is_no_backend_is_refused(text: str, kind: str, install: Install) -> None:
    install("mine-dist", "mine = mine_i:backend", modules={"mine_i": text})

    said = refused("mine")

    assert "the distribution mine-dist (mine_i:backend)" in said
    assert f"is no Backend but {kind};" in said


def test_two_distributions_with_one_name_are_both_named(install: Install) -> None:
    install("first-dist", "mine = mine_j:backend", modules={"mine_j": BACKEND})
    install("second-dist", "mine = mine_j:backend", modules={})

    assert "more than one distribution: first-dist and second-dist" in refused("mine")


def test_one_distribution_that_is_found_twice_is_one(install: Install) -> None:
    install("mine-dist", "mine = mine_k:backend", modules={"mine_k": BACKEND})
    install("mine-dist", "mine = mine_k:backend", modules={}, metadata="egg-info")
    install("mine.dist", "mine = mine_k:backend", modules={})

    assert len(installed()["mine"]) == 1
    assert len(select(["mine"], SETTINGS)) == 1


def test_a_backend_that_refuses_its_argument_is_heard(install: Install) -> None:
    install("mine-dist", "mine = mine_l:backend", modules={"mine_l": BACKEND})

    assert refused("mine:x") == "The adapter 'mine' takes no argument after its name."


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("raise ValueError('bad\\nargument')", "cannot be configured: ValueError: bad argument"),
        ("return None", "configure() returned NoneType"),
        ("self.label = 'a b'; return self", "calls itself 'a b'"),
        ("self.label = 'a::b'; return self", "calls itself 'a::b'"),
    ],
)
def test_trouble_in_configure_names_the_distribution(
    body: str, cause: str, install: Install
) -> None:
    text = BACKEND + dedent(
        f"""
        class Odd(MemoryBackend):
            def configure(self, argument, settings):
                {body}

        odd = Odd(lambda edition: Adapter(), editions={{"0.11"}})
        """
    )
    install("mine-dist", "mine = mine_m:odd", modules={"mine_m": text})

    said = refused("mine")

    assert "the distribution mine-dist (mine_m:odd)" in said
    assert cause in said


def test_two_adapters_that_would_share_a_label_are_refused(install: Install) -> None:
    text = BACKEND + "backend.label = 'same'"
    install(
        "mine-dist",
        "one = mine_n:backend",
        "two = mine_n:backend",
        modules={"mine_n": text},
    )

    assert "called 'same'" in refused("one", "two")


def test_a_url_as_argument_is_not_repeated_in_problems() -> None:
    assert "hush" not in refused("postgres:mysql://u:hush@h/a")
    assert "hush" not in refused("sqlite:postgresql://u:hush@h/a")
    assert "hush" not in refused("postgers:postgresql://u:hush@h/a")


def test_this_distribution_registers_its_own_three() -> None:
    assert {"memory", "sqlite", "postgres"} <= set(installed())
