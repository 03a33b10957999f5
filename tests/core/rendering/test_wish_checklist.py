"""The checklist of a wish, a revert and an expiry: what an operator must find in it, as GitHub shows it."""

from __future__ import annotations

from typing import Any

import pytest

from promobot.core.base_state import Landed
from promobot.core.policy import PromotionPolicy
from promobot.core.prepared import Proposed
from promobot.core.wish import Wish
from promobot.core.wishes import prepare_wish
from tests.core.rendering.hostile import TEXTS
from tests.core.rendering.test_checklist import boxes
from tests.support import gfm
from tests.support.builders import NOW, policy
from tests.support.wishes import BLOB, COMMIT, state

TARGET = "portfolio.leverage"
ID, DIGEST = "live_promotion_20261101T120000Z_" + "d" * 16, "d" * 64
LANDED = Landed(predecessors={TARGET: DIGEST})


def made(wish: Wish, **given: Any) -> Proposed:
    proposed = prepare_wish(state(**{"landed": LANDED, **given}), wish, NOW).proposed
    assert proposed is not None
    return proposed


def checklist(wish: Wish, **given: Any) -> str:
    text = made(wish, **given).checklist
    assert gfm.findings(text) == []
    return text


def asked(values: dict[str, Any], reason: str = "calmer", command: str = "set") -> Wish:
    source = {"command": command, **({"proposal": ID} if command == "apply" else {})}
    return Wish("operator", values, reason, source)


REVERT = Wish(
    "revert", {TARGET: None}, "orders rejected", {"command": "revert", "proposal": ID, "digest": DIGEST},
    {TARGET: 1.75},
)  # fmt: skip
EXPIRY = Wish("expiry", {TARGET: None}, "the time is over", {"command": "expiry"}, {TARGET: 1.75})


def test_a_wish_reads_from_the_answer_to_the_boxes() -> None:
    text = checklist(asked({TARGET: 2.5, "macro.tilt": 0.4}))
    page = gfm.read(text)
    assert page.headings == ["h1 Operator's wish", "h2 Before you merge", "h2 Provenance"]
    assert text.splitlines()[2:8] == [
        "**Merging sets 2 live values** in `config/live_overrides/auto.toml`.",
        "",
        'Reason given: `"calmer"`',
        "",
        "- `macro.tilt` `0.3` → `0.4`: change `+0.1` of ±`0.1`; bounds `0` to `0.8`, `0.4` inside",
        (
            f"- `{TARGET}` `1.75` → `2.5`: change `+0.75` of ±`0.25`; bounds `1` to `2`, `0.5` outside; "
            "**notice:** above the maximum `2.0`; a step of `0.75` is over the limit `0.25`"
        ),
    ]
    assert page.tables == [
        [
            ["Parameter", "Live", "After merge", "Bounds", "Notices"],
            ["macro.tilt", "0.3", "0.4", "0 to 0.8, 0.4 inside", "none"],
            [
                "portfolio.leverage", "1.75", "2.5", "1 to 2, 0.5 outside",
                "above the maximum 2.0; a step of 0.75 is over the limit 0.25",
            ],
        ]
    ]  # fmt: skip
    assert page.boxes == [False] * 3
    assert "Merging is the approval. To say no, close this pull request or use promobot reject." in text


def test_the_box_about_notices_stands_where_there_are_any() -> None:
    assert len(boxes(checklist(asked({TARGET: 2.5})))) == 3
    assert [box for box in boxes(checklist(asked({TARGET: 1.8}))) if "notice" in box] == []


def test_taking_away_says_what_the_live_system_reads_then() -> None:
    text = checklist(asked({TARGET: None}, command="unset"))
    assert text.splitlines()[2] == (
        "**Merging takes 1 override away** in `config/live_overrides/auto.toml`. "
        "The live system then reads its base config."
    )
    assert (
        "- `portfolio.leverage` `1.75` → `1.5`, override removed: change `-0.25` of ±`0.25`; bounds `1` to `2`, `0.5` "
        "inside\n"
    ) in text
    assert gfm.read(text).tables[0][1] == [TARGET, "1.75", "1.5 (base config)", "1 to 2, 0.5 inside", "none"]
    assert "- Asked by: `promobot unset`\n" in text


LINES: dict[str, tuple[Wish, dict[str, Any], str]] = {
    "a number without bounds": (asked({"desk.size": 5.0}), {}, "- `desk.size` `4.0` → `5.0`: change `+1`; bounds none"),
    "a text": (asked({"strategy.name": "fast"}), {}, '- `strategy.name` `"slow"` → `"fast"`: bounds none'),
    "a value where none was": (
        asked({"a.leverage": 1.5}), {"base": None, "overrides": None},
        "- `a.leverage` none → `1.5`: bounds `1` to `2`, `0.5` inside"),
    "an override that the base config has caught up with": (
        EXPIRY, {"base": {"portfolio": {"leverage": 1.75}}},
        f"- `{TARGET}` `1.75` → `1.75`, override removed: change `0` of ±`0.25`; bounds `1` to `2`, `0.25` inside"),
    "an override over nothing": (
        EXPIRY, {"base": None}, "- `portfolio.leverage` `1.75` → none, override removed: bounds `1` to `2`"),
}  # fmt: skip


@pytest.mark.parametrize(("wish", "ground", "line"), LINES.values(), ids=LINES)
def test_a_phone_shows_step_and_bounds_of_whatever_has_them(wish: Wish, ground: dict[str, Any], line: str) -> None:
    (target,) = wish.values
    [shown] = (text for text in checklist(wish, **ground).split("\n") if text.startswith(f"- `{target}` "))
    assert shown.partition("; **notice:**")[0] == line


def test_an_apply_names_the_proposal_that_left_the_values() -> None:
    text = checklist(asked({TARGET: 1.8}, "", "apply"))
    assert f"\n\nThese are values that `{ID}` left to be set by hand.\n\n- " in text
    assert "Reason given" not in text


def test_a_revert_says_what_it_restores() -> None:
    text = checklist(REVERT)
    assert text.startswith("# Revert\n")
    assert f'\n\nIt restores what stood before `{ID}`.\n\nReason given: `"orders rejected"`\n\n' in text
    assert boxes(text)[0] == f"The values above are what stood before `{ID}`; I want them back."
    assert len(boxes(text)) == 2
    assert f"- Reverts: `{DIGEST}`\n" in text


def test_both_setting_and_taking_away_are_counted() -> None:
    held = state('[auto_applied]\n"portfolio.leverage" = 1.75\n"macro.tilt" = 0.2\n"desk.size" = 2.0\n')
    wish = Wish("expiry", {TARGET: None, "macro.tilt": None, "desk.size": 3.0}, "", {"command": "expiry"})
    proposed = prepare_wish(held, wish, NOW).proposed
    assert proposed is not None
    assert "**Merging sets 1 live value and takes 2 overrides away** in " in proposed.checklist


def test_an_expiry_says_how_to_keep_an_override() -> None:
    text = checklist(EXPIRY)
    assert text.startswith("# Expired overrides\n")
    assert "\n\nReason: the time is over.\n\n" in text
    assert "To keep an override, also move `override_expires` of its grant in the policy." in text
    assert "Asked by" not in text
    assert len(boxes(text)) == 2


def test_the_provenance_names_proposal_digest_policy_and_base() -> None:
    proposed = made(asked({TARGET: 1.8}))
    lines = proposed.checklist.partition("## Provenance\n\n")[2].replace("`", "").splitlines()
    assert dict(line.removeprefix("- ").split(": ", 1) for line in lines) == {
        "Proposal": proposed.proposal.proposal_id,
        "Digest": proposed.digest,
        "Kind, mode": "operator, bounded_auto",
        "Asked by": "promobot set",
        "Policy": f"config/promobot.toml at {BLOB}",
        "Base": f"main at {COMMIT}",
        "Evaluated": f"2026-11-22T12:00:00Z by promobot {proposed.proposal.meta['engine_version']}",
    }


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_nothing_that_a_person_writes_is_more_than_text(text: str) -> None:
    """In the reason, and as a value of a text parameter; lone surrogates are refused before."""
    plain = text.encode("utf-8", "replace").decode()[:1000]
    wish = asked({"strategy.name": f"{plain} "[:1000], TARGET: 1.8}, plain or "x")
    benign = asked({"strategy.name": "x", TARGET: 1.8}, "x")
    assert gfm.read(checklist(wish)).skeleton == gfm.read(checklist(benign)).skeleton


def test_a_reason_is_shown_whole() -> None:
    reason = "x" * 999 + "y"
    assert f'`"{reason}"`' in checklist(asked({TARGET: 1.8}, reason))


WORST = policy(
    lock=True, mode="disabled", eligibility=[], auto_apply={"max_per_day": 0, "allow": []}, max_per_proposal=100,
    blacklist={"targets": ["leverage"], "tags": ["leverage"]}, research={"targets": ["leverage*"]},
    bounds={"leverage": {"min_value": 123456.12345678912, "max_value": 987654.98765432112, "max_step": 1e-7}},
)  # fmt: skip


@pytest.mark.parametrize("rules", [policy(), WORST], ids=["open", "every notice"])
@pytest.mark.parametrize("new", [-98765.432109876543, "\U0001f600" * 1000], ids=["numbers", "texts"])
def test_a_hundred_values_of_the_longest_names_fit_and_all_stand_in_it(rules: PromotionPolicy, new: Any) -> None:
    names = [f"leverage.{number:03}.".ljust(255, "x") for number in range(100)]
    live = 1.2345678901234567e-7 if isinstance(new, float) else "\u202e" * 1000
    nested: dict[str, Any] = {"leverage": {name[9:12]: {name[13:]: live} for name in names}}
    text = checklist(asked(dict.fromkeys(names, new), "\U0001f600" * 1000), rules=rules, base=nested, overrides=None)
    assert len(text.encode("utf-16-le")) // 2 < 58_000
    rows = gfm.read(text).tables[0][1:]
    assert [row[0] for row in rows] == names
    assert all(row[4] for row in rows)
    # In the table codes are left where the words do not fit, but none is left out.
    assert rules is not WORST or all("lock; not_eligible; blacklisted_target; " in row[4] for row in rows)


def test_what_fits_has_its_notices_in_words() -> None:
    text = checklist(asked({TARGET: 1.8}), rules=policy(lock=True))
    assert gfm.read(text).tables[0][1][4] == "the policy is locked"
