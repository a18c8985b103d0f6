"""What may stand after `npm:`."""

from __future__ import annotations

import pytest

from flue_adapter_npm.reference import Kind, LocalFile, Package, Tarball, parse
from flue_conformance.backends import UsageProblem


@pytest.mark.parametrize(
    ("text", "source", "export", "kind", "label"),
    [
        ("redis-flue#redis", Package("redis-flue"), "redis", None, "redis-flue#redis"),
        (
            "@flue/runtime@0.11.1#sqlite?memory",
            Package("@flue/runtime", version="0.11.1"),
            "sqlite",
            Kind.MEMORY,
            "@flue/runtime@0.11.1#sqlite?memory",
        ),
        (
            "@flue/runtime/node@^0.11#sqlite",
            Package("@flue/runtime", "/node", "^0.11"),
            "sqlite",
            None,
            "@flue/runtime/node@^0.11#sqlite",
        ),
        (
            "./dist/index.js#default",
            LocalFile("./dist/index.js"),
            "default",
            None,
            "index.js#default",
        ),
        ("/abs/a.mjs#b?file", LocalFile("/abs/a.mjs"), "b", Kind.FILE, "a.mjs#b?file"),
        ("./x-1.0.0.tgz#x", Tarball("./x-1.0.0.tgz"), "x", None, "x-1.0.0.tgz#x"),
        ("~/x.tgz/node#x?file", Tarball("~/x.tgz", "/node"), "x", Kind.FILE, "x.tgz/node#x?file"),
        ("../db.ts#default", LocalFile("../db.ts"), "default", None, "db.ts#default"),
    ],
)
def test_a_reference_is_taken_apart(
    text: str, source: object, export: str, kind: Kind | None, label: str
) -> None:
    found = parse(text)

    assert (found.source, found.export, found.kind, found.label) == (source, export, kind, label)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@flue/runtime@0.11.1", "names no export"),
        ("#sqlite", "names no export"),
        ("@flue/runtime#", "names no export"),
        ("@flue/runtime#sqlite?redis", "no kind of location 'redis', but memory, file, postgres"),
        ("Not A Package#x", "is no name of an npm package"),
        ("a b#x", "is no name of an npm package"),
        ("https://example.org/x.js#x", "is no name of an npm package"),
    ],
)
def test_what_is_no_reference_says_what_one_is(text: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said.replace("?", r"\?")):
        parse(text)
