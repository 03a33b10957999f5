"""Who must review which path, by the forge's own rules."""

from __future__ import annotations

import pytest

from promobot.core.codeowners import owners, protected, unowned
from promobot.core.policy import Paths

POLICY = "config/promobot.toml"


@pytest.mark.parametrize(
    ("line", "path", "owned"),
    [
        ("* @a", POLICY, True),
        ("/config/ @a", POLICY, True),
        ("config/ @a", "deep/config/x.toml", True),
        ("/config/ @a", "deep/config/x.toml", False),
        ("config @a", POLICY, True),
        ("/config @a", POLICY, True),
        ("/conf @a", POLICY, False),
        ("config/* @a", POLICY, True),
        ("config/* @a", "config/live_overrides/auto.toml", False),
        ("/config/** @a", "config/live_overrides/auto.toml", True),
        ("**/auto.toml @a", "config/live_overrides/auto.toml", True),
        ("**/auto.toml @a", "auto.toml", True),
        ("config/**/auto.toml @a", "config/auto.toml", True),
        ("*.toml @a", POLICY, True),
        ("*.toml @a", "config/promobot.tomlx", False),
        ("/config/promobot.tom? @a", POLICY, True),
        ("/config/promobot?toml @a", "config/promobot/toml", False),
        ("/config/promobot.toml @a # why", POLICY, True),
        ("/config/promobot.toml # @a", POLICY, False),
        ("/config/promobot.toml", POLICY, False),
        ("# /config/ @a", POLICY, False),
        ("/config/a\\ b.toml @a", "config/a b.toml", True),
        ("/config/Promobot.toml @a", POLICY, False),
        ("/.github/ @a", ".github/workflows/gate.yml", True),
        ("/config/promobot.toml/ @a", POLICY, False),
    ],
)
def test_a_line_matches_as_the_forge_says(line: str, path: str, owned: bool) -> None:
    assert owners(f"{line}\n", path) == (("@a",) if owned else ())


def test_the_last_line_that_matches_counts_also_when_it_names_nobody() -> None:
    assert owners("* @a @b\n/config/ @c\n", POLICY) == ("@c",)
    assert owners("/config/ @c\n* @a\n", POLICY) == ("@a",)
    assert owners("* @a\n/config/\n", POLICY) == ()


def test_every_protected_place_must_have_owners() -> None:
    paths = Paths()
    every = [place.pattern for place in protected(paths)]
    assert [place.pattern for place in unowned("", paths)] == every
    assert unowned("* @a\n", paths) == ()
    for place in protected(paths):
        assert place in unowned(f"* @a\n{place.pattern}\n", paths), "a line without owners opens the place"
        assert place not in unowned(f"{place.pattern} @a\n", paths), "the pattern itself covers the place"


def test_a_place_is_covered_as_a_whole_or_not_at_all() -> None:
    assert "/.github/" in [place.pattern for place in unowned("* @a\n/.github/workflows/\n", Paths())]
    assert ".gitattributes" in [place.pattern for place in unowned("/.gitattributes @a\n", Paths())]
    assert "CODEOWNERS" in [place.pattern for place in unowned("/CODEOWNERS @a\n/.github/ @a\n", Paths())]


def test_protected_places_follow_the_policys_paths() -> None:
    moved = Paths(base_config="settings.toml", reports="proposals", live_overrides="live/auto.toml", exports="in")
    patterns = {place.pattern for place in protected(moved)}
    assert {"/settings.toml", "/proposals/", "/live/auto.toml", "/config/promobot.toml"} <= patterns
