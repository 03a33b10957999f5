"""`propose` in plain git: what it leaves in the origin, and what it leaves alone."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.workspace import NOW, OVERRIDES, Workspace, make_workspace, patch, small_files

LEVERAGE = patch("portfolio.leverage", 1.75, old_value=1.5)
EXPORT = "reports/learning_snippets/2026-11-20-walk-forward.json"


def test_one_branch_with_one_commit_and_a_dirty_checkout_as_it_was(example: Workspace) -> None:
    example.write({"config/config.toml": "half an edit", "new.txt": "untracked", "staged.txt": "x"})
    example.git("add", "staged.txt")
    before, base = example.traces(), example.branches()

    ran = example.propose("--auto-apply-mode", "bounded_auto", EXPORT)

    assert ran.code == 0, ran.err
    result = ran.json
    assert result["outcome"] == "opened"
    assert result["overrides"] == {
        "macro.regime_weight": {"old": 0.25, "new": 0.35},
        "strategy.trigger_delay": {"old": 10.0, "new": 8.0},
    }
    assert example.traces() == before
    assert example.branches() == base | {result["branch"]: result["commit"]}
    assert example.git("rev-list", "--count", f"{base['main']}..{result['commit']}", at=example.origin) == "1"
    folder = f"reports/live_promotion/{result['proposal_id']}"
    changed = example.git("diff", "--name-only", base["main"], result["commit"], at=example.origin).splitlines()
    names = ("OPERATOR_CHECKLIST.md", "config_patches.json", "proposal_meta.json")
    assert sorted(changed) == ["config/live_overrides/auto.toml", *(f"{folder}/{name}" for name in names)]


def test_the_commit_speaks_to_an_auditor(space: Workspace) -> None:
    result = space.proposed(LEVERAGE)
    shown = space.git("log", "-1", "--format=%an <%ae>%n%ct%n%s%n%(trailers:only)", result["commit"], at=space.origin)
    who, when, subject, *trailers = shown.splitlines()
    assert who == "promobot <promobot@noreply.invalid>"
    assert int(when) == NOW.timestamp()
    assert subject == "promote: portfolio.leverage 1.5 -> 1.75"
    told = dict(line.split(": ", 1) for line in trailers)
    assert list(told) == [
        "Promotion-Proposal", "Promotion-Kind", "Promotion-Mode", "Promotion-Digest", "Promotion-Export",
        "Promotion-Policy", "Promotion-Overrides", "Promotion-Base",
    ]  # fmt: skip
    old, new = told["Promotion-Overrides"].split("..")
    path = "config/live_overrides/auto.toml"
    assert old == space.git("rev-parse", f"main:{path}", at=space.origin)
    assert new == space.git("rev-parse", f"{result['commit']}:{path}", at=space.origin)
    assert told["Promotion-Base"] == space.branches()["main"]
    assert space.git("cat-file", "-p", told["Promotion-Policy"], at=space.origin).startswith("version = 1")


def test_a_one_value_change_is_a_one_line_diff(tmp_path: Path) -> None:
    text = '# kept\r\n[auto_applied]\r\n"portfolio.leverage" = 1.5  # since May\r\n\r\n[other]\r\nx = 1\r\n'
    space = make_workspace(tmp_path, files=small_files(overrides=text))
    result = space.proposed(LEVERAGE)
    path = "config/live_overrides/auto.toml"
    assert space.git("diff", "--numstat", "main", result["commit"], "--", path, at=space.origin) == f"1\t1\t{path}"


def test_running_again_changes_nothing_at_any_time(space: Workspace) -> None:
    first = space.proposed(LEVERAGE)
    before = space.branches()
    again = space.proposed(LEVERAGE, now=NOW + timedelta(days=3))
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])
    assert again["proposal_id"] == first["proposal_id"]
    assert space.branches() == before


def test_the_same_question_with_other_evidence_finds_the_same_branch(space: Workspace) -> None:
    first = space.proposed(LEVERAGE)
    again = space.proposed({**LEVERAGE, "id": "other", "confidence_score": 0.99, "reason": "more data"})
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_a_question_that_landed_is_never_asked_again(space: Workspace, how: str) -> None:
    by_hand = patch("portfolio.leverage", 2.5, old_value=1.5)
    first = space.proposed(by_hand)
    assert first["overrides"] == {}
    space.merge(first["branch"], how)
    space.git("push", "--quiet", "origin", "--delete", first["branch"])
    again = space.proposed(by_hand, now=NOW + timedelta(days=1))
    assert (again["outcome"], again["commit"]) == ("already_approved", None)
    assert list(space.branches()) == ["main"]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_after_the_value_came_back_the_same_step_is_a_new_question(space: Workspace, how: str) -> None:
    up = space.proposed(LEVERAGE)
    space.merge(up["branch"], how)
    down = space.proposed(patch("portfolio.leverage", 1.5, old_value=1.75), now=NOW + timedelta(days=1))
    space.merge(down["branch"], how)
    again = space.proposed(LEVERAGE, now=NOW + timedelta(days=2))
    assert again["outcome"] == "opened"
    assert again["branch"] != up["branch"]


def test_the_quota_counts_what_landed_today(space: Workspace) -> None:
    first = space.proposed(LEVERAGE, patch("macro.tilt", 0.35))
    space.merge(first["branch"], when=NOW)
    more = (patch("macro.regime_weight", 0.3), patch("strategy.trigger_delay", 9))
    today = space.proposed(*more, now=NOW + timedelta(hours=1))
    assert list(today["overrides"]) == ["macro.regime_weight"]
    codes = [reason["code"] for d in today["decisions"] for reason in d["auto_apply_reasons"]]
    assert codes == ["quota"]
    tomorrow = space.proposed(*more, now=NOW + timedelta(days=1))
    assert list(tomorrow["overrides"]) == ["macro.regime_weight", "strategy.trigger_delay"]


@pytest.mark.parametrize("edit", ["another commit", "an amended commit", "a commit by hand"])
def test_a_branch_that_is_not_as_we_left_it_is_not_touched(space: Workspace, edit: str) -> None:
    branch = space.proposed(LEVERAGE)["branch"]
    space.git("fetch", "--quiet", "origin")
    space.git("switch", "--quiet", "--detach", f"origin/{branch}" if edit != "a commit by hand" else "main")
    space.write({"config/live_overrides/auto.toml": OVERRIDES + '"portfolio.leverage" = 2.0\n'})
    space.git("add", "--all")
    space.git("commit", "--quiet", *(("--amend", "--no-edit") if "amended" in edit else ("-m", "mine")))
    space.git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
    space.git("switch", "--quiet", "main")
    before = space.branches()
    again = space.proposed(LEVERAGE)
    assert again["outcome"] == "blocked"
    assert space.branches() == before


def test_a_dry_run_writes_no_object_and_no_ref(space: Workspace) -> None:
    space.git("gc", "--quiet")
    export = space.export(LEVERAGE)
    before = [space.git("count-objects", "-v", at=place) for place in (space.clone, space.origin)]
    ran = space.propose(export, "--dry-run")
    assert ran.json["outcome"] == "dry_run"
    assert ran.json["reasons"][0]["message"].endswith("opened")
    assert ran.json["overrides"] == {"portfolio.leverage": {"old": 1.5, "new": 1.75}}
    assert [space.git("count-objects", "-v", at=place) for place in (space.clone, space.origin)] == before
    assert list(space.branches()) == ["main"]


def test_the_base_branch_judges_not_the_checkout(space: Workspace) -> None:
    space.write({"config/promobot.toml": 'version = 1\nmode = "disabled"\n', "config/config.toml": "broken ="})
    assert space.proposed(LEVERAGE)["outcome"] == "opened"


def test_the_base_is_read_from_the_remote_as_it_is_now(space: Workspace) -> None:
    start = space.git("rev-parse", "HEAD")
    tip = space.commit({"config/live_overrides/auto.toml": OVERRIDES + '"portfolio.leverage" = 1.6\n'})
    space.git("reset", "--quiet", "--hard", start)
    space.git("update-ref", "refs/remotes/origin/main", start)
    result = space.proposed(patch("portfolio.leverage", 1.75))
    assert result["overrides"] == {"portfolio.leverage": {"old": 1.6, "new": 1.75}}
    assert space.git("rev-parse", f"{result['commit']}^", at=space.origin) == tip


def test_without_a_remote_the_branch_is_local_and_the_merge_line_is_shown(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, remote=False, files=small_files())
    export = space.export(LEVERAGE)
    ran = space.promobot("propose", export, "--now", NOW.isoformat())
    assert ran.code == 0, ran.err
    [branch] = [name for name in space.branches() if name != "main"]
    checklist, _, end = ran.out.partition("A proposal was opened.")
    assert checklist.startswith("# Promotion proposal")
    command = end.split("to approve:")[1].strip()
    assert command == f"git switch main && git merge --no-ff {branch}"
    space.git("merge", "--quiet", "--no-ff", branch)
    assert '"portfolio.leverage" = 1.75' in (space.clone / "config/live_overrides/auto.toml").read_text()


def test_the_newest_export_is_the_default(space: Workspace) -> None:
    folder = "reports/learning_snippets"
    old, new = json.dumps([LEVERAGE]), json.dumps([patch("macro.tilt", 0.35)])
    space.commit({f"{folder}/z-old.json": old}, when="2020-01-01T00:00:00Z")
    space.commit({f"{folder}/a-new.json": new})
    assert list(space.propose().json["overrides"]) == ["macro.tilt"]


def test_an_export_comes_by_standard_input_too(space: Workspace) -> None:
    assert space.propose("-", stdin=json.dumps(LEVERAGE)).json["outcome"] == "opened"


@pytest.mark.parametrize(
    ("patches", "code"),
    [
        ([], "no_patches"),
        ([patch("a.b", 1, status="PROPOSED")], "no_candidates"),
        ([patch("portfolio.leverage", 9.0)], "all_rejected"),
    ],
)
def test_nothing_to_propose_says_why(space: Workspace, patches: list[dict[str, object]], code: str) -> None:
    result = space.proposed(*patches)
    assert (result["outcome"], result["reasons"][0]["code"]) == ("nothing_to_propose", code)
    assert list(space.branches()) == ["main"]


def test_an_empty_exports_folder_is_no_failure(space: Workspace) -> None:
    ran = space.propose()
    assert (ran.code, ran.json["reasons"][0]["code"]) == (0, "no_export")


@pytest.mark.parametrize(
    ("flag", "mode", "outcome", "automatic"),
    [
        ("disabled", "disabled", "disabled", []),
        ("manual_only", "manual_only", "opened", []),
        ("bounded_auto", "bounded_auto", "opened", ["portfolio.leverage"]),
    ],
)
def test_the_three_modes(space: Workspace, flag: str, mode: str, outcome: str, automatic: list[str]) -> None:
    result = space.propose(space.export(LEVERAGE), "--auto-apply-mode", flag).json
    assert (result["mode"], result["outcome"], list(result["overrides"])) == (mode, outcome, automatic)
    if outcome == "opened" and not automatic:
        changed = space.git("diff", "--name-only", "main", result["commit"], at=space.origin).splitlines()
        assert all(path.startswith("reports/live_promotion/") for path in changed)


def test_a_flag_cannot_raise_the_policys_mode(tmp_path: Path) -> None:
    space = make_workspace(tmp_path, files=small_files(policy='version = 1\n[[eligibility]]\ntargets = ["*"]\n'))
    result = space.propose(space.export(LEVERAGE), "--auto-apply-mode", "bounded_auto").json
    assert (result["mode"], result["overrides"]) == ("manual_only", {})
    assert "ceiling" in result["warnings"][0]


def test_paths_of_ones_own_stay_inside_the_commit(space: Workspace) -> None:
    export = space.export(LEVERAGE)
    own = ("--output-dir", "reports/mine", "--live-overrides-path", "config/live/my_auto.toml")
    result = space.propose(export, *own).json
    changed = space.git("diff", "--name-only", "main", result["commit"], at=space.origin).splitlines()
    assert "config/live/my_auto.toml" in changed
    assert f"reports/mine/{result['proposal_id']}/OPERATOR_CHECKLIST.md" in changed
