"""`promobot check` as a person and a workflow run it: words, exit codes, documents, ticks, annotations, cost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promobot.cli.gate import quick
from tests.support.builders import NOW
from tests.support.fake_github.git import clean_env
from tests.support.gate import AUTO, REPORTS, Gate, lever, replaced
from tests.support.hosted import run_here
from tests.support.workspace import POLICY, ROOT, Ran, make_workspace, patch, small_files

EXAMPLE = "promobot/0123456789abcdef"
AT = ("--now", NOW.isoformat())


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate.at(tmp_path)


def run(gate: Gate, *words: str, env: dict[str, str] | None = None) -> Ran:
    return gate.space.promobot("check", *words, *AT, env=env)


def event(gate: Gate, head: str, body: str | None, labels: tuple[str, ...] = ()) -> dict[str, str]:
    """The environment of a workflow on a pull request, with the payload's real shape."""
    commits = {name: gate.git("rev-parse", name) for name in ("main", head)}
    pull = {
        "number": 7,
        "base": {"ref": "main", "sha": commits["main"]},
        "head": {"ref": head, "sha": commits[head]},
        "body": body,
        "labels": [{"name": label, "color": "ededed"} for label in labels],
    }
    place, summary = gate.space.folder / "event.json", gate.space.folder / "summary.md"
    place.write_text(json.dumps({"action": "edited", "pull_request": pull}))
    return {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(place), "GITHUB_STEP_SUMMARY": str(summary)}


def ticked(checklist: str) -> str:
    return checklist.replace("- [ ]", "- [x]")


def test_an_honest_proposal_as_a_document(gate: Gate) -> None:
    head = gate.propose(lever()).branch
    ran = run(gate, "--base", "main", "--head", head, "--format", "json")
    commits = [gate.git("rev-parse", name) for name in ("main", head, f"{head}^{{tree}}")]
    assert ran.code == 0, ran.err
    assert ran.json == {
        "schema_version": 1,
        "ok": True,
        "violations": [],
        "warnings": [],
        "base": commits[0],
        "head": commits[1],
        "merge_base": commits[0],
        "result": commits[2],
    }


def test_violations_end_with_1_and_say_for_which_base_they_hold(gate: Gate) -> None:
    head = gate.person({AUTO: "[auto_applied]\n"})
    ran = run(gate, "--base", "main", "--head", head)
    assert ran.code == 1
    assert "1 violation: must not be merged" in ran.out
    assert "unexplained_values: config/live_overrides/auto.toml changes without a proposal" in ran.out
    assert f"merged into {gate.git('rev-parse', 'main')[:12]} and for no other base commit" in ran.out
    (violation,) = run(gate, "--base=main", f"--head={head}", "--format=json").json["violations"]
    assert violation.keys() == {"code", "message", "commit", "path"}
    assert (violation["code"], violation["path"], violation["commit"]) == ("unexplained_values", AUTO, None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--base", "main", "--head", "nothing"), "the head 'nothing' is no commit of this clone; fetch first"),
        (("--base", "mian"), "the base 'mian' is no commit of this clone; fetch first"),
        (("--base", "a" * 40, "--head", "\u202eb"), f"the base '{'a' * 40}' and the head '\\u202eb' are no commits"),
        (("--base", "main", "--head", "--upload-pack=x"), "the head '--upload-pack=x' starts with a dash"),
        (("--base=-x",), "the base '-x' starts with a dash"),
        (("--base", "main", "--body", "missing.md"), "--body 'missing.md' cannot be read"),
        (("--base", "main", "--format", "yaml"), "yaml"),
        (("--bose", "main"), "--bose"),
        (("main", "feature"), "unexpected extra argument"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(gate: Gate, words: tuple[str, ...], told: str) -> None:
    gate.git("switch", "-q", gate.propose(lever()).branch)
    ran = run(gate, *words)
    assert ran.code == 2, ran.out
    assert told in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("remote", [True, False])
def test_the_helps_examples_hold_after_a_proposal(tmp_path: Path, remote: bool) -> None:
    space = make_workspace(tmp_path, remote=remote, files=small_files())
    made = space.proposed(patch("portfolio.leverage", 1.75))["branch"]
    lines = [line.strip() for line in space.promobot("check", "--help").out.split("\n")]
    examples = [line.split(" ")[2:] for line in lines if line.startswith("promobot check ")]
    held = [words for words in examples if ("origin/main" in words) is remote]
    assert len(examples) == 3
    assert held
    for words in held:
        ran = run_here(space.clone, {}, "check", *(word.replace(EXAMPLE, made) for word in words), *AT)
        assert (ran.code, ran.err) == (0, ""), words
    if remote:
        ran = run_here(space.clone, {}, "check", "--base", "main", "--head", made, *AT)
        assert f"the head '{made}' is no commit of this clone; name it as origin/{made}\n" in ran.err
        assert ran.code == 2


def test_no_repository_is_a_violation(tmp_path: Path) -> None:
    assert run(Gate.at(tmp_path), "--repo", str(tmp_path), "--base", "main").code == 1


def test_by_default_head_is_judged_against_the_remotes_branch(gate: Gate) -> None:
    made = gate.propose(lever())
    gate.git("switch", "-q", made.branch)
    gate.git("clone", "-q", "--bare", str(gate.space.clone), str(gate.space.folder / "origin.git"))
    gate.git("--git-dir", str(gate.space.folder / "origin.git"), "symbolic-ref", "HEAD", "refs/heads/main")
    gate.git("remote", "add", "origin", str(gate.space.folder / "origin.git"))
    gate.git("fetch", "-q", "origin")
    gate.git("remote", "set-head", "origin", "main")
    assert run(gate).out.startswith("ok: may be merged")
    assert run(gate, "--base", "origin/main").code == 0
    # Of a bare commit nobody can tell the branch but by the remote's default.
    assert run(gate, "--base", gate.git("rev-parse", "main")).code == 0
    assert "other_base" in run(gate, "--base", "main", "--branch", "next").out


def test_ticks_are_asked_for_with_the_events_body(gate: Gate) -> None:
    made = gate.propose(lever())
    codes = {
        "none ticked": (made.checklist, {"unticked"}),
        "all ticked": (ticked(made.checklist), set()),
        "in the browser": (ticked(made.checklist).replace("\n", "\r\n").replace("[x]", "[X]"), set()),
        "one box gone": (ticked(made.checklist).replace("- [x] Go/No", "Go/No"), {"box_missing"}),
        "one not ticked": (ticked(made.checklist).replace("- [x] Go/No", "- [ ] Go/No"), {"unticked"}),
        "ticked and not": (ticked(made.checklist) + made.checklist, {"unticked"}),
        "no body": (None, {"box_missing"}),
    }
    for story, (body, wanted) in codes.items():
        ran = run(gate, "--format", "json", env=event(gate, made.branch, body))
        assert {one["code"] for one in ran.json["violations"]} == wanted, story
        assert ran.code == bool(wanted)
    (gate.space.folder / "body.md").write_text(made.checklist)
    assert run(gate, "--base", "main", "--head", made.branch, "--body", "../body.md").code == 1
    assert run(gate, "--base", "main", "--head", made.branch).code == 0


@pytest.mark.parametrize(("label", "code"), [("promobot:hold", "held"), ("promobot:rejected", "refused_digest")])
def test_a_persons_label_stops_it(gate: Gate, label: str, code: str) -> None:
    made = gate.propose(lever())
    ran = run(gate, "--format", "json", env=event(gate, made.branch, ticked(made.checklist), (label,)))
    assert [one["code"] for one in ran.json["violations"]] == [code]
    other = gate.person({"src/x.py": ""})
    assert run(gate, env=event(gate, other, None, (label,))).code == 0


def test_in_actions_the_changed_line_is_annotated_and_the_summary_written(gate: Gate) -> None:
    made = gate.propose(lever())
    gate.edit(made.branch, replaced(AUTO, ("1.75", "1.95")))
    env = event(gate, made.branch, ticked(made.checklist))
    ran = run(gate, env=env)
    assert ran.code == 1
    assert f"::error file={AUTO},line=3,title=promobot step_too_large::portfolio.leverage: a step of 0.45" in ran.err
    summary = Path(env["GITHUB_STEP_SUMMARY"]).read_text()
    assert summary.startswith("**promobot check: ")
    assert "`step_too_large`" in summary
    assert "for no other base commit" in summary


def test_hostile_names_move_no_log(gate: Gate) -> None:
    name = f"{REPORTS}/x\n::set-output name=a::b/##[command]\u202e`<!--.md"
    ran = run(gate, env=event(gate, gate.person({name: ""}), "::error::x"))
    assert ran.code == 1
    for line in (ran.out + ran.err).splitlines():
        assert not line.startswith("::set-output")
        assert "##[" not in line
        assert "\u202e" not in line


def test_nothing_is_left_behind(gate: Gate) -> None:
    head = gate.propose(lever()).branch
    gate.space.traces()  # git status itself may refresh the index, once
    before = gate.space.traces(), sorted(path.name for path in (gate.space.clone / ".git").rglob("*"))
    assert run(gate, "--base", "main", "--head", head).code == 0
    assert (gate.space.traces(), sorted(path.name for path in (gate.space.clone / ".git").rglob("*"))) == before


def test_nobodys_settings_and_attributes_have_a_word_in_the_merge(gate: Gate) -> None:
    """A merge driver of the clone's configuration, asked for by the head, would run a command of its choice."""
    gate.on_main({"src/a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n"})
    head = gate.person({".gitattributes": "*.txt merge=evil\n", "src/a.txt": "1\n2\n3\n4\n5\n6\n7\n9\n"})
    gate.on_main({"src/a.txt": "0\n2\n3\n4\n5\n6\n7\n8\n"})
    gate.git("config", "merge.evil.driver", f"touch {gate.space.folder}/evil; false")
    (gate.space.clone / ".git/info/attributes").parent.mkdir(exist_ok=True)
    (gate.space.clone / ".git/info/attributes").write_text("* merge=evil\n")
    assert gate.codes(head) == set()
    assert not (gate.space.folder / "evil").exists()


def test_an_ordinary_pull_request_needs_nothing_installed(gate: Gate) -> None:
    """Neither GitPython nor typer nor pydantic: git and the standard library answer."""
    head = gate.person({"src/x.py": "x"})
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from promobot.cli import main; "
    code += f"main(['check', '--base', 'main', '--head', '{head}'])"
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, cwd=gate.space.clone, env=clean_env({}), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("ok: may be merged")


def test_an_ordinary_pull_request_is_answered_with_few_modules(gate: Gate) -> None:
    head = gate.person({"src/x.py": "x"})
    code = (
        "import sys; from promobot.cli.gate import quick; "
        f"assert quick(['--base', 'main', '--head', '{head}', '--repo', {str(gate.space.clone)!r}]) == 0; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & set(sys.argv[1:])))"
    )
    heavy = ["git", "github", "pydantic", "tomlkit", "typer", "rich", "requests"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_proposal_is_judged_without_the_forges_client(gate: Gate) -> None:
    head = gate.propose(lever()).branch
    code = (
        "import sys; from promobot.cli.gate import quick; "
        f"assert quick(['--base', 'main', '--head', '{head}', '--repo', {str(gate.space.clone)!r}, "
        f"'--now', '{NOW.isoformat()}']) == 0; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'github', 'rich', 'requests'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_quick_way_leaves_odd_words_to_the_full_command_line() -> None:
    for words in (["--help"], ["--base"], ["--base", "a", "--base", "b"], ["--format", "x"], ["--base", "-x"], ["x"]):
        assert quick(words) is None


def test_an_escaped_word_hides_no_path_of_the_policy(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path, policy=f'{POLICY}["\\u0070aths"]\nlive_overrides = "settings/live.toml"\n')
    assert gate.codes(gate.person({"settings/live.toml": "[auto_applied]\n"})) == {"unexplained_values"}


def test_many_unprotected_paths_cost_little(gate: Gate) -> None:
    head = gate.person({f"src/Sub Folder/Ünï_{n}.py": "x" for n in range(3000)})
    began = time.perf_counter()
    assert gate.check(head).ok
    assert time.perf_counter() - began < 5


def test_the_help_teaches(gate: Gate) -> None:
    ran = gate.space.promobot("check", "--help")
    assert ran.code == 0
    assert "promobot check --base origin/main --head HEAD" in ran.out
