"""The gate's small parts: protected names and their twins, boxes, inverses, what a verdict looks like."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promobot.core.gate.history import is_inverse, refused_before
from promobot.core.gate.protected import DEFAULTS, POLICY, Protected, Role, folded
from promobot.core.gate.ticks import boxes, unticked
from promobot.core.gate.values import OF_EVIDENCE, OF_VALUE, line_of
from promobot.core.gate.verdict import Touched, Verdict, Violation
from promobot.core.policy import Paths
from promobot.core.policy.types import POLICY_PATH
from promobot.core.rendering.verdict import verdict_json, verdict_lines, verdict_summary
from promobot.core.rules import AUTO_APPLY_RULES, PROPOSAL_RULES
from tests.support.builders import NOW

HERE = Protected()
AUTO = HERE.overrides


def test_the_defaults_are_the_policys_own() -> None:
    assert Paths().model_dump() == {**Paths().model_dump(), **DEFAULTS}
    assert POLICY == POLICY_PATH


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({"paths": {"live_overrides": "a.toml"}}, Protected(overrides="a.toml")),
        ({"paths": {"reports": 5}}, HERE),
        ({"paths": []}, HERE),
        (None, HERE),
    ],
)
def test_paths_are_read_as_far_as_they_can_be(document: object, wanted: Protected) -> None:
    assert Protected.of(document) == wanted


ROLES = {
    AUTO: Role.OVERRIDES,
    "config/promobot.toml": Role.POLICY,
    "config/config.toml": Role.BASE_CONFIG,
    "reports/live_promotion/x/y": Role.PROPOSALS,
    "a/b/.gitattributes": Role.ATTRIBUTES,
    ".gitattributes": Role.ATTRIBUTES,
    ".gitmodules": Role.OTHER,
    ".mailmap": Role.OTHER,
    "CODEOWNERS": Role.OTHER,
    "docs/CODEOWNERS": Role.OTHER,
    ".github/workflows/x.yml": Role.OTHER,
    "reports/live_promotion.md": None,
    "config/other.toml": None,
    "a/.mailmap": None,
    "src/CODEOWNERS": None,
    "reports/learning_snippets/x.json": None,
}


@pytest.mark.parametrize(("path", "role"), ROLES.items())
def test_what_is_protected(path: str, role: Role | None) -> None:
    assert HERE.role(path) is role
    assert HERE.twin(path) is None


TWINS = [
    "CONFIG/promobot.toml",
    "Config",
    "config/LIVE_OVERRIDES",
    "config /promobot.toml",
    "config./live_overrides/auto.toml",
    "config/live_overrides/AUTO.TOML",
    "Reports",
    "REPORTS/live_promotion",
    ".GitHub/x",
    ".github./x",
    "a/.GITATTRIBUTES",
    ".Mailmap",
    "codeowners",
    "docs/codeowners",
    "config/promobot\u200b.toml",
    "con\ufb01g/promobot.toml",
]


@pytest.mark.parametrize("path", TWINS)
def test_twins(path: str) -> None:
    assert HERE.twin(path) is not None
    assert HERE.role(path) is None


@pytest.mark.parametrize("path", ["config", "config/live_overrides", "reports", "reports/live_promotion", ".github"])
def test_what_stands_above(path: str) -> None:
    assert HERE.above(path)
    assert HERE.twin(path) is None


@given(st.text(alphabet="abcABC./ _-\u00e9\u0130\u017f:\\", max_size=30))
def test_a_path_is_judged_alike_the_quick_way_and_the_long(path: str) -> None:
    """What the quick way takes for plain must fold to itself; and folding is done after one time."""
    from promobot.core.gate.protected import _PLAIN

    if _PLAIN.fullmatch(path):
        assert folded(path) == path
    assert folded(folded(path)) == folded(path)


CHECKLIST = "# x\n\n- [ ] One.\n- [ ] Two.\n- [ ] Two.\n"


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (CHECKLIST, ["unticked", "unticked"]),
        (CHECKLIST.replace("[ ]", "[x]"), []),
        (CHECKLIST.replace("[ ]", "[X]").replace("\n", "\r\n"), []),
        (CHECKLIST.replace("[ ]", "[x]").replace("\n", "\r"), []),
        ("- [x] One.  \n* [x] Two.\n+ [x] Two.", []),
        ("- [x] One.\n- [x] Two.", ["box_missing"]),
        ("- [x] One.\n- [x] Two.\n- [ ] Two.", ["unticked"]),
        ("- [x] One?\n- [x] Two.\n- [x] Two.", ["box_missing"]),
        ("", ["box_missing", "box_missing"]),
        ("x" * 300_000, ["box_missing", "box_missing"]),
    ],
)
def test_ticks(body: str, codes: list[str]) -> None:
    assert [one.code for one in unticked(CHECKLIST, body, "x")] == codes


@given(st.text())
def test_any_body_has_an_answer(body: str) -> None:
    assert all(isinstance(done, bool) for _, done in boxes(body))


def step(path: str, old: str, new: str) -> Touched:
    return Touched(path, 0o100644 * bool(old), 0o100644 * bool(new), old or "0", new or "0")


def test_an_inverse_is_exact() -> None:
    landing = [step("a", "", "1"), step("b", "2", "3")]
    assert is_inverse([step("b", "3", "2"), step("a", "1", "")], landing)
    assert not is_inverse([step("b", "3", "2")], landing)
    assert not is_inverse([step("b", "3", "4"), step("a", "1", "")], landing)
    assert not is_inverse([step("b", "3", "2"), step("a", "1", ""), step("c", "", "1")], landing)
    assert not is_inverse([], [])


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"at": 5}', b'{"at": "2026-11-22T12:00:00Z"}', b"\xff"])
def test_a_refusal_holds_unless_it_is_older(content: bytes) -> None:
    wrong, odd = refused_before({"d.json": content}, "d", NOW, "x")
    assert ([one.code for one in wrong], odd) == (["refused_digest"], [])
    assert refused_before({"e.json": content}, "d", NOW, "x") == ([], [])


def test_the_rules_that_are_named_exist() -> None:
    assert {rule.code for rule in (*PROPOSAL_RULES, *AUTO_APPLY_RULES)} >= OF_VALUE | OF_EVIDENCE


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[auto_applied]\n"a.b" = 1\n', 2),
        ("[auto_applied]\na.b = 1\n", 2),
        ("[auto_applied.a]\n\n  b = 1\n", 3),
        ("", None),
    ],
)
def test_the_line_of_a_value(text: str, line: int | None) -> None:
    assert line_of(text, "a.b") == line


HOSTILE = Violation("x", "a\n::error::b ##[c]\u202e`|<b>", "p\udcff\n", "c" * 40, 3)


def test_a_verdict_for_machines_and_people() -> None:
    verdict = Verdict((HOSTILE,), (HOSTILE,), "a" * 40, "b" * 40, None, None)
    document = verdict_json(verdict)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["violations"] == [{"code": "x", "message": HOSTILE.message, "commit": "c" * 40, "path": "p\\xff\n"}]
    assert not document["ok"]
    lines = verdict_lines(verdict)
    assert all("\n" not in line and "##[" not in line and "\u202e" not in line for line in lines)
    assert "<b>" not in verdict_summary(verdict)
    assert lines[-1] == f"This holds for {'b' * 12} merged into {'a' * 12} and for no other base commit."
