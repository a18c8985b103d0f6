"""Certificates, and what is said of those that somebody tampered with."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from flue_conformance.backends import Durability
from flue_conformance.certification import Outcome
from flue_conformance.certification.certificate.catalogues import (
    catalogue_of,
    catalogue_text,
    digest_of_catalogue,
)
from flue_conformance.certification.certificate.extra import canonical, sha256
from flue_conformance.certification.certificate.files import Artefact, NoArtefact
from flue_conformance.certification.certificate.issuing import issue
from flue_conformance.certification.certificate.keys import (
    UnusableKey,
    make_keys,
    read_private,
    read_public,
)
from flue_conformance.certification.certificate.statement import NotCertifiable
from flue_conformance.certification.certificate.verification import Trust, verify
from flue_conformance.certification.report.data import Package, Report
from flue_conformance.rules import CATALOGUE

from .recorded import report, subject
from .scene import AUTHOR, STRANGER, WHEEL, Scene, certified, configuration, report_resource


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    certified(folder)
    return folder


@pytest.fixture
def scene(original: Path, tmp_path: Path) -> Scene:
    shutil.copytree(original, tmp_path / "dist")
    return Scene(tmp_path / "dist")


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Callable[[Scene], None]:
    def tamper(scene: Scene) -> None:
        path = scene.folder / name
        path.write_bytes(change(path.read_bytes()))

    return tamper


def removed(name: str) -> Callable[[Scene], None]:
    return lambda scene: (scene.folder / name).unlink()


def envelope(edit: Callable[[Any], Any]) -> Callable[[Scene], None]:
    return lambda scene: scene.envelope(edit)


def payload(edit: Callable[[Any], Any], by: str | None = None) -> Callable[[Scene], None]:
    return lambda scene: scene.payload(edit, by=by)


def reported(edit: Callable[[Any], Any], by: str | None = None) -> Callable[[Scene], None]:
    return lambda scene: scene.report(edit, by=by)


def ran(edit: Callable[[Any], Any], by: str | None = None) -> Callable[[Scene], None]:
    return lambda scene: scene.run(edit, by=by)


def rule(document: Any, rule_id: str, place: int = 1) -> Any:
    return next(one for one in document["subjects"][place]["rules"] if one["id"] == rule_id)


def spec(document: Any, rule_id: str, place: int = 1) -> Any:
    return next(
        one for one in document["subjects"][place]["specs"] if one["proofs"][0]["rule"] == rule_id
    )


def without_rule(document: Any) -> None:
    subject = document["subjects"][1]
    subject["rules"] = [one for one in subject["rules"] if one["id"] != "CLAIM-02"]


def renamed(scene: Scene) -> None:
    for name in (WHEEL, f"{WHEEL}.flue.json", f"{WHEEL}.flue-report.json"):
        newer = name.replace("1.2.0", "1.2.0.post1")
        (scene.folder / name).rename(scene.folder / newer)


def forged(scene: Scene) -> None:
    before = json.loads(scene.artefact.certificate.read_bytes())["signatures"][0]["keyid"]
    scene.run(lambda it: it["editions"][0].update(level="ephemeral"), by=STRANGER)
    scene.envelope(lambda it: it["signatures"][0].update(keyid=before))


def indented(scene: Scene) -> None:
    scene.payload(len, form=lambda it: json.dumps(it).encode())
    scene.sign(STRANGER)


def by_an_unknown_kit(scene: Scene) -> None:
    scene.report(lambda it: it["kit"].update(version="9.9"), by=AUTHOR)
    scene.payload(kit_9, by=AUTHOR)


def foldered(scene: Scene) -> None:
    (scene.folder / CERTIFICATE).unlink()
    (scene.folder / CERTIFICATE).mkdir()


def deep_report(scene: Scene) -> None:
    content = b"[" * 100_000
    (scene.folder / REPORT).write_bytes(content)
    scene.payload(
        lambda it: report_resource(it)["digest"].update(sha256=sha256(content)), by=AUTHOR
    )


def kit_9(statement: Any) -> None:
    configuration(statement)["flue-conformance"]["annotations"]["version"] = "9.9"


CERTIFICATE, REPORT = f"{WHEEL}.flue.json", f"{WHEEL}.flue-report.json"
DOES_NOT_FIT = "its signature does not fit: it was edited after key"
NOT_MATCHING = "the report does not match the certificate"

TAMPERING: dict[str, tuple[Callable[[Scene], Any], str]] = {
    # the file
    "another file": (rewritten(WHEEL, lambda _: b"another"), "this is another file than"),
    "a byte more": (rewritten(WHEEL, lambda it: it + b"\n"), "this is another file than"),
    "an empty file": (rewritten(WHEEL, lambda _: b""), "this is another file than"),
    # the envelope
    "no certificate": (removed(CERTIFICATE), f"there is no certificate; it would be {CERTIFICATE}"),
    "a folder for a certificate": (
        foldered,
        "the certificate cannot be read",
    ),
    "a certificate that is deep": (
        rewritten(CERTIFICATE, lambda _: b"[" * 100_000),
        "it is no whole JSON text",
    ),
    "a report that is deep, by the author": (deep_report, "the report cannot be read: "),
    "an empty certificate": (rewritten(CERTIFICATE, lambda _: b""), "it is no whole JSON text"),
    "a truncated certificate": (
        rewritten(CERTIFICATE, lambda it: it[: len(it) // 2]),
        "it is no whole JSON text",
    ),
    "a repeated member": (
        rewritten(CERTIFICATE, lambda it: it.replace(b"{", b'{"payload": "",', 1)),
        "a member occurs twice",
    ),
    "a list": (rewritten(CERTIFICATE, lambda it: b"[" + it + b"]"), "it is no DSSE envelope"),
    "no signatures": (envelope(lambda it: it.pop("signatures")), "it is no DSSE envelope"),
    "one member more": (envelope(lambda it: it.update(note="x")), "it is no DSSE envelope"),
    "another payload type": (
        envelope(lambda it: it.update(payloadType="text/plain")),
        "its payload is said to be 'text/plain'",
    ),
    "a truncated payload": (
        envelope(lambda it: it.update(payload=it["payload"][:400])),
        DOES_NOT_FIT,
    ),
    "a payload cut amid a letter": (
        envelope(lambda it: it.update(payload=it["payload"][:401])),
        "its payload is no Base64 text",
    ),
    "no payload": (envelope(lambda it: it.update(payload="")), "its payload is no Base64 text"),
    "a payload with a space": (
        envelope(lambda it: it.update(payload=" " + it["payload"])),
        "its payload is no Base64 text",
    ),
    "signatures that are no list": (
        envelope(lambda it: it.update(signatures={})),
        "its signatures are no list",
    ),
    "a signature that is none": (
        envelope(lambda it: it["signatures"][0].pop("sig")),
        "one of its signatures is none",
    ),
    "a signature without key": (
        envelope(lambda it: it["signatures"][0].update(keyid="")),
        "one of its signatures names no key",
    ),
    "a signature twice": (
        envelope(lambda it: it["signatures"].append(it["signatures"][0])),
        "it has two signatures of one key",
    ),
    "a signature of zeros": (
        envelope(lambda it: it["signatures"][0].update(sig="A" * 86 + "==")),
        DOES_NOT_FIT,
    ),
    "a signature that is no Base64": (
        envelope(lambda it: it["signatures"][0].update(sig="?")),
        "its signature is no Base64 text",
    ),
    # the statement, with the author's signature as it was
    "another digest": (
        payload(lambda it: it["subject"][0]["digest"].update(sha256=sha256(b"x"))),
        DOES_NOT_FIT,
    ),
    "a higher level": (
        ran(lambda it: it["editions"][1].update(level="multi-replica")),
        DOES_NOT_FIT,
    ),
    "another adapter": (ran(lambda it: it.update(adapter="yours")), DOES_NOT_FIT),
    "a newer kit": (
        payload(kit_9),
        DOES_NOT_FIT,
    ),
    "another order of members": (
        lambda scene: scene.payload(
            lambda it: it.update(subject=it.pop("subject")),
            form=lambda it: json.dumps(it, indent=1).encode(),
        ),
        DOES_NOT_FIT,
    ),
    "a stranger's signature under the author's name": (
        forged,
        DOES_NOT_FIT,
    ),
    # the statement, signed by somebody who is not trusted, or by the author itself
    "no statement, by a stranger": (
        payload(lambda it: it.clear(), STRANGER),
        "its payload is no statement",
    ),
    "not canonical, by a stranger": (
        indented,
        "its statement is not in canonical form",
    ),
    "another kind of statement, by a stranger": (
        payload(lambda it: it.update(predicateType="https://slsa.dev/provenance/v1"), STRANGER),
        "a statement of another kind than a test result",
    ),
    "another file, by a stranger": (
        payload(lambda it: it["subject"][0]["digest"].update(sha256=sha256(b"x")), STRANGER),
        "this is another file than",
    ),
    "no subject, by a stranger": (
        payload(lambda it: it.update(subject=[]), STRANGER),
        "the certificate is about other files: none",
    ),
    "other files, by a stranger": (
        payload(lambda it: it["subject"][0].update(name="x.whl"), STRANGER),
        "the certificate is about other files: x.whl",
    ),
    "a subject without digest, by a stranger": (
        payload(lambda it: it["subject"][1].update(digest={"md5": "0"}), STRANGER),
        "a subject has no SHA-256",
    ),
    "no run, by a stranger": (
        payload(lambda it: it["predicate"]["configuration"].pop(), STRANGER),
        "its configuration lacks the kit or the run",
    ),
    "two reports, by a stranger": (
        payload(lambda it: it["predicate"]["configuration"].append({"name": "x"}), STRANGER),
        "its configuration has not one report but 2",
    ),
    "a run that says nothing, by a stranger": (
        ran(lambda it: it.clear(), STRANGER),
        "what it says of the run cannot be read",
    ),
    "another version, by a stranger": (
        ran(lambda it: it["package"].update(version="1.3.0"), STRANGER),
        "the certificate is about another version: my-adapter 1.3.0",
    ),
    "another package, by a stranger": (
        ran(lambda it: it["package"].update(name="yours"), STRANGER),
        "the certificate is about another version: yours 1.2.0",
    ),
    "a higher level, by a stranger": (
        ran(lambda it: it["editions"][1].update(level="multi-replica"), STRANGER),
        "the certificate claims single-host in 0.10, multi-replica in 0.11",
    ),
    "an edition more, by the author": (
        ran(lambda it: it["editions"].append({**it["editions"][1], "edition": "0.12"}), AUTHOR),
        "the certificate claims",
    ),
    "an edition fewer, by the author": (
        ran(lambda it: it["editions"].pop(), AUTHOR),
        "the certificate claims",
    ),
    "another profile, by a stranger": (
        ran(lambda it: it.update(profile="soak"), STRANGER),
        "its run was another one",
    ),
    "a kit that nobody knows, by the author": (
        by_an_unknown_kit,
        "unknown kit: flue-conformance 9.9; this installation knows 0.1.0",
    ),
    "another kit than the report's, by the author": (
        payload(
            kit_9,
            AUTHOR,
        ),
        "it is by flue-conformance 0.1.0, the certificate says 9.9",
    ),
    "other rules of the same kit, by the author": (
        payload(
            lambda it: configuration(it)["flue-conformance"]["digest"].update(sha256=sha256(b"")),
            AUTHOR,
        ),
        "the rules that were checked are not those of flue-conformance 0.1.0",
    ),
    "a list without a rule, by the author": (
        payload(lambda it: it["predicate"]["passedTests"].pop(), AUTHOR),
        "it lists other rules",
    ),
    "a result that is no result, by the author": (
        payload(lambda it: it["predicate"].update(result="WARNED"), AUTHOR),
        "the certificate says WARNED, which its own lists contradict",
    ),
    # the report
    "no report": (removed(REPORT), f"the report is missing; it would be {REPORT}"),
    "a truncated report": (rewritten(REPORT, lambda it: it[:-100]), NOT_MATCHING),
    "a space in the report": (rewritten(REPORT, lambda it: it + b" "), NOT_MATCHING),
    "another report, digest by a stranger": (
        payload(lambda it: report_resource(it)["digest"].update(sha256=sha256(b"")), STRANGER),
        NOT_MATCHING,
    ),
    "a report of another version, by the author": (
        reported(lambda it: it.update(version=2), AUTHOR),
        "its format has version 2, and this kit reads 1",
    ),
    "a report with an odd member, by the author": (
        reported(lambda it: it.update(note="x"), AUTHOR),
        "the report cannot be read: it: object contains unknown field `note`",
    ),
    "a rule missing, by the author": (
        reported(without_rule, AUTHOR),
        "the report leaves out rules of mine-0.11: CLAIM-02",
    ),
    "a rule twice, by the author": (
        reported(lambda it: it["subjects"][1]["rules"].append(rule(it, "CLAIM-02")), AUTHOR),
        "the kit does not have, or has them twice",
    ),
    "a rule that there is not, by the author": (
        reported(lambda it: rule(it, "CLAIM-02").update(id="CLAIM-99"), AUTHOR),
        "leaves out rules of mine-0.11: CLAIM-02",
    ),
    "a broken spec under a rule that held, by the author": (
        reported(lambda it: spec(it, "CLAIM-02").update(outcome="broken"), AUTHOR),
        "of CLAIM-02 it says held for mine-0.11, its specs come to broken",
    ),
    "a spec taken away, by the author": (
        reported(lambda it: it["subjects"][1]["specs"].remove(spec(it, "CLAIM-02")), AUTHOR),
        "of CLAIM-02 it says held for mine-0.11, its specs come to not run",
    ),
    "a spec of no rule, by the author": (
        reported(lambda it: spec(it, "CLAIM-02")["proofs"][0].update(rule="CLAIM-99"), AUTHOR),
        "specs that the kit cannot have",
    ),
    "a sentence changed, by the author": (
        reported(lambda it: rule(it, "CLAIM-02").update(sentence="Anything goes."), AUTHOR),
        "the report contradicts itself: of CLAIM-02",
    ),
    "a MUST made a SHOULD, by the author": (
        reported(lambda it: rule(it, "CLAIM-02").update(requirement="SHOULD"), AUTHOR),
        "the report contradicts itself: of CLAIM-02",
    ),
    "a level earned for nothing, by the author": (
        reported(lambda it: it["subjects"][1].update(earned="multi-replica"), AUTHOR),
        "what it says of earned for mine-0.11 is not what its specs come to",
    ),
    "fewer specs than there were, by the author": (
        reported(lambda it: it["subjects"][1].update(specsAvailable=9999), AUTHOR),
        "the run left specs of mine-0.11 out: specs are missing",
    ),
    "an incomplete run called a whole one, by the author": (
        reported(lambda it: it["subjects"][1].update(incompleteBecause="-k"), AUTHOR),
        "the report contradicts itself",
    ),
    "a quick run, by the author": (
        reported(lambda it: it["run"].update(profile="quick"), AUTHOR),
        "the run was no whole one: profile quick",
    ),
    "a report on another version, by the author": (
        reported(lambda it: it["subjects"][1]["package"].update(version="1.1.0"), AUTHOR),
        "the report is about another version: my-adapter 1.1.0",
    ),
    "a complaint, by the author": (
        reported(lambda it: it["complaints"].append("It has expired."), AUTHOR),
        "the run was no success: It has expired.",
    ),
    "a report on another adapter, by the author": (
        reported(lambda it: it["subjects"][1].update(adapter="yours"), AUTHOR),
        "it is about yours",
    ),
}


def test_there_are_enough_ways() -> None:
    assert len(TAMPERING) >= 40


@pytest.mark.parametrize("way", TAMPERING)
def test_whatever_was_tampered_with_is_refused(way: str, scene: Scene) -> None:
    tamper, sentence = TAMPERING[way]
    tamper(scene)

    found = scene.verify(AUTHOR)

    assert sentence in found.sentence
    assert found.trust is Trust.REFUSED
    assert found.sentence.startswith(f"{WHEEL}: ")
    assert found.sentence.endswith(".")


def test_no_byte_of_a_certificate_can_be_another(scene: Scene) -> None:
    place = scene.artefact.certificate
    whole = place.read_bytes()

    for at in range(0, len(whole), len(whole) // 60):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert scene.verify(AUTHOR).trust is not Trust.TRUSTED, at


def test_a_certificate_says_what_was_certified_and_by_whom(scene: Scene) -> None:
    found = scene.verify(STRANGER, AUTHOR)

    assert found.trust is Trust.TRUSTED
    assert found.sentence == (
        f"{WHEEL}: mine of my-adapter 1.2.0, single-host in edition 0.10; single-host in edition "
        f"0.11, by flue-conformance 0.1.0; signed by the trusted key {found.key[:12]}."
    )


def test_a_key_that_nobody_named_is_not_trusted(scene: Scene) -> None:
    found = scene.verify(STRANGER)

    assert found.trust is Trust.INTACT
    assert "which is not among the trusted ones." in found.sentence


def test_what_nobody_signed_is_intact_at_most(scene: Scene) -> None:
    scene.envelope(lambda it: it.update(signatures=[]))

    found = scene.verify(AUTHOR)

    assert found.trust is Trust.INTACT
    assert found.sentence.endswith("; nobody signed it.")


def test_everything_that_is_edited_alike_is_a_strangers_certificate(scene: Scene) -> None:
    scene.sign(STRANGER)

    assert scene.verify(AUTHOR).trust is Trust.INTACT
    assert scene.verify(STRANGER).trust is Trust.TRUSTED


def test_another_name_of_the_file_is_another_version(scene: Scene) -> None:
    renamed(scene)

    artefact = Artefact.at(scene.folder / WHEEL.replace("1.2.0", "1.2.0.post1"))
    found = verify(artefact, [], artefact.certificate, artefact.report)

    assert "the certificate is about another version: my-adapter 1.2.0" in found.sentence


@pytest.mark.parametrize(
    ("outcomes", "because"),
    [
        ({"CLAIM-02": Outcome.BROKEN}, "mine-0.11 breaks CLAIM-02."),
        ({"CLAIM-02": Outcome.ERROR}, "mine-0.11 breaks CLAIM-02."),
        ({"CLAIM-02": Outcome.NOT_RUN}, "mine-0.11 earns no level, for want of CLAIM-02."),
        ({"CLAIM-02": Outcome.WAIVED}, "mine-0.11 earns no level, for want of CLAIM-02."),
    ],
)
def test_what_breaks_a_must_gets_no_certificate(
    outcomes: dict[str, Outcome], because: str, tmp_path: Path
) -> None:
    with pytest.raises(NotCertifiable, match=because):
        certified(tmp_path, report(subject(outcomes=outcomes)))
    assert not (tmp_path / CERTIFICATE).exists()
    assert (tmp_path / REPORT).exists()


def test_another_distribution_gets_no_certificate_for_this_file(tmp_path: Path) -> None:
    other = subject(package=Package(name="my-adapter", version="1.1.0"))

    with pytest.raises(NotCertifiable, match=r"is not offered by my_adapter-1\.2\.0"):
        certified(tmp_path, report(other))


def test_a_level_below_the_declared_one_can_be_certified(tmp_path: Path) -> None:
    lacking = {"DURABILITY-10": Outcome.NOT_RUN}
    scene = certified(tmp_path, report(subject(outcomes=lacking)))

    found = scene.verify(AUTHOR)

    assert found.trust is Trust.TRUSTED
    assert "ephemeral in edition 0.11" in found.sentence


def test_a_broken_should_is_a_warning(tmp_path: Path) -> None:
    scene = certified(
        tmp_path,
        report(subject(declares=Durability.EPHEMERAL, outcomes={_a_should(): Outcome.BROKEN})),
    )

    assert scene.verify(AUTHOR).trust is Trust.TRUSTED


def test_a_known_deviation_is_in_the_certificate(tmp_path: Path) -> None:
    waived = {_a_should(): Outcome.WAIVED}
    scene = certified(tmp_path, report(subject(declares=Durability.EPHEMERAL, outcomes=waived)))

    assert f", with known deviations from {_a_should()};" in scene.verify(AUTHOR).sentence
    scene.run(lambda it: it["deviations"].clear(), by=AUTHOR)
    assert "it has other deviations" in scene.verify(AUTHOR).sentence


def test_a_run_with_complaints_gets_no_certificate(tmp_path: Path) -> None:
    complaining = replace(report(subject()), complaints=("It has expired.",))

    with pytest.raises(NotCertifiable, match="It has expired"):
        certified(tmp_path, complaining)


def _a_should() -> str:
    return next(
        one.id
        for one in CATALOGUE.values()
        if one.requirement == "SHOULD" and one.tested and one.holds_in("0.11")
    )


def test_the_catalogue_of_this_version_is_shipped() -> None:
    from flue_conformance import __version__  # noqa: PLC0415

    shipped = catalogue_of(__version__)
    assert dict(shipped) == dict(CATALOGUE), "ci/catalogue writes it again"
    assert digest_of_catalogue(shipped) == digest_of_catalogue(CATALOGUE)
    assert json.loads(catalogue_text())[0]["id"] == "SESSION-01"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nx", b"\x00"])
def test_what_is_no_key_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)

    for read in (read_public, read_private):
        with pytest.raises(UnusableKey, match=str(path)):
            read(path)


def test_a_private_key_is_its_owners(scene: Scene) -> None:
    assert (scene.folder / "author.key").stat().st_mode & 0o077 == 0
    with pytest.raises(UnusableKey):
        read_public(scene.folder / "author.key")


def test_canonical_json_is_that_of_the_standard() -> None:
    assert canonical({"b": 1.0, "a": "é", "A": [True, None]}) == (
        '{"A":[true,null],"a":"é","b":1}'.encode()
    )


@pytest.fixture
def tarball(tmp_path: Path) -> Path:
    """Return a package of npm, beside the author's keys."""
    path = tmp_path / "flue-mine-1.2.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        said = json.dumps({"name": "@flue/mine", "version": "1.2.0"}).encode()
        described = tarfile.TarInfo("package/package.json")
        described.size = len(said)
        archive.addfile(described, io.BytesIO(said))
    make_keys(tmp_path / "author.key", tmp_path / "author.pub")
    return path


def npm_report(integrity: str) -> Report:
    package = Package(name="@flue/mine", version="1.2.0")
    return report(subject(package=package, integrity=integrity))


def test_a_tarball_of_npm_is_certified_as_the_file_that_was_installed(tarball: Path) -> None:
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    artefact = Artefact.at(tarball)
    signer = read_private(tarball.with_name("author.key"))
    issue(artefact, None, npm_report(f"sha512-{digest}"), signer)
    keys = [read_public(tarball.with_name("author.pub"))]

    found = verify(artefact, keys, artefact.certificate, artefact.report)

    assert found.trust is Trust.TRUSTED
    assert "mine of @flue/mine 1.2.0, single-host in edition 0.11" in found.sentence


@pytest.mark.parametrize("integrity", ["", "sha512-AAAA"])
def test_what_npm_installed_from_another_file_is_not_certified(
    integrity: str, tarball: Path
) -> None:
    with pytest.raises(NotCertifiable, match="was installed from another file than flue-mine-1"):
        issue(Artefact.at(tarball), None, npm_report(integrity), None)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_what_is_no_package_of_npm_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.tgz"
    path.write_bytes(content)

    with pytest.raises(NoArtefact, match=r"x\.tgz is no package of npm"):
        Artefact.at(path)
