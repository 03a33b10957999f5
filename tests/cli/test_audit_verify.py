"""`promobot audit verify` as an auditor runs it: words, exit codes, documents, checkpoints, keys, what is known."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promobot.core.audit.proof import NOT_PROVED
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, POLICY, ROOMY, TRIGGER, Gate, lever
from tests.support.keys import make_ssh_key
from tests.support.workspace import Ran

EDITED = {AUTO: '[auto_applied]\n"portfolio.leverage" = 1.9\n'}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A history with one landing by a merge and one by a squash."""
    gate = Gate.at(tmp_path)
    gate.land(gate.propose(lever()).branch)
    gate.land(gate.propose(built(TRIGGER, 11.0)).branch, "squash")
    return gate


def run(gate: Gate, *words: str, code: int | None = None) -> Ran:
    ran = gate.space.promobot("audit", "verify", *words)
    assert code is None or ran.code == code, (ran.out, ran.err)
    return ran


def document(gate: Gate, *words: str, code: int = 0) -> Any:
    return run(gate, *words, "--format", "json", code=code).json


def found(told: Any) -> list[tuple[str, str]]:
    return [(one["code"], one["commit"]) for one in told["violations"]]


def test_an_honest_history_as_a_document(gate: Gate) -> None:
    told = document(gate)
    head, first, start = (gate.git("rev-parse", name) for name in ("main", "main^", "main~2"))
    assert (told["schema_version"], told["ok"], told["violations"], told["acknowledged"]) == (1, True, [], [])
    assert (told["head"], told["baseline"], told["commits"]) == (head, start, 3)
    assert told["not_proved"] == list(NOT_PROVED)
    assert [one["commit"] for one in told["landings"]] == [first, head]
    assert [one["kind"] for one in told["landings"]] == ["promotion", "promotion"]
    assert all(one["signature"] == {"state": "unsigned", "key": None} for one in told["landings"])


def test_an_honest_history_in_words(gate: Gate) -> None:
    ran = run(gate, code=0)
    assert "proved; 3 commits" in ran.out
    assert "2 landings" in ran.out
    assert "not proved by git alone:" in ran.out
    assert "signatures: 2 unsigned; records: 0 of 2" in ran.out


def test_a_finding_names_its_commit_and_the_exit_code_is_one(gate: Gate) -> None:
    edit = gate.on_main(EDITED)
    told = document(gate, code=1)
    assert (told["ok"], found(told)) == (False, [("unexplained_values", edit)])
    ran = run(gate, code=1)
    assert f"finding: {edit[:12]} {AUTO}: " in ran.out
    assert "[unexplained_values]" in ran.out


def test_what_comes_before_since_is_not_looked_at(gate: Gate) -> None:
    edit = gate.on_main(EDITED)
    assert found(document(gate, "--since", edit)) == []
    assert found(document(gate, "--since", f"{edit}^", code=1)) == [("unexplained_values", edit)]
    assert found(document(gate, f"{edit}^")) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere",), "no commit"),
        (("--since", "nowhere"), "no commit"),
        (("main^", "--since", "main"), "does not lie behind"),
        (("--checkpoint", "missing/c.json"), "no folder"),
        (("--base", "nosuch"), "no such branch"),
        (("--unknown",), "see promobot audit verify --help"),
    ],
    ids=["revision", "since", "since behind", "checkpoint", "base", "option"],
)
def test_a_word_that_names_nothing_is_a_usage_error(gate: Gate, words: tuple[str, ...], said: str) -> None:
    ran = run(gate, *words, "--format", "json", code=2)
    assert said in ran.json["error"]["message"]


def test_without_a_policy_there_is_nothing_to_audit(tmp_path: Path) -> None:
    gate = Gate.at(tmp_path)
    gate.git("switch", "--quiet", "--orphan", "empty")
    gate.space.commit({"a": "1"})
    ran = run(gate, "--format", "json", code=2)
    assert "promobot init" in ran.json["error"]["message"]


def test_a_shallow_clone_is_refused(gate: Gate, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    gate.git("clone", "--quiet", "--depth", "1", f"file://{gate.space.clone}", str(shallow))
    told = document(gate, "--repo", str(shallow), code=1)
    assert [one["code"] for one in told["violations"]] == ["shallow_clone"]
    assert "unshallow" in run(gate, "--repo", str(shallow), code=1).out


def test_grafts_are_a_finding_and_replace_refs_a_warning(gate: Gate) -> None:
    head, start = gate.git("rev-parse", "main"), gate.git("rev-parse", "main~2")
    gate.git("replace", head, start)
    told = document(gate)
    assert [(one["code"], one["commit"]) for one in told["warnings"] if one["commit"]] == [("replace_ref", head)]
    (gate.space.clone / ".git/info/grafts").write_text(f"{head}\n")
    assert [one["code"] for one in document(gate, code=1)["violations"]] == ["grafted"]


def acknowledged(commit: str, code: str) -> dict[str, str | bytes]:
    reason = f'[[audit.acknowledged]]\ncommit = "{commit}"\ncode = "{code}"\nreason = "the night of the outage"\n'
    return {POLICY: ROOMY + reason}


def test_what_is_acknowledged_gets_a_list_of_its_own(gate: Gate) -> None:
    edit, again = gate.on_main(EDITED), gate.on_main({AUTO: "[auto_applied]\n"})
    gate.on_main(acknowledged(edit, "unexplained_values"))
    told = document(gate, code=1)
    assert found(told) == [("unexplained_values", again)]
    assert [(one["commit"], one["reason"]) for one in told["acknowledged"]] == [(edit, "the night of the outage")]
    gate.on_main(acknowledged(edit, "file_mode"))
    assert len(document(gate, code=1)["violations"]) == 2


def test_a_baseline_of_the_policy_is_where_it_begins(gate: Gate) -> None:
    edit = gate.on_main(EDITED)
    gate.on_main({POLICY: f'{ROOMY}[audit]\nbaseline = "{edit}"\n'})
    told = document(gate)
    assert (told["baseline"], told["commits"], told["policy_changes"]) == (edit, 1, 1)
    moved = gate.on_main({POLICY: f'{ROOMY}[audit]\nbaseline = "{"0" * 40}"\n'})
    told = document(gate, code=1)
    assert [one["code"] for one in told["violations"]] == ["baseline_off_line", "unexplained_values"]
    assert ("baseline_moved", moved) in [(one["code"], one["commit"]) for one in told["warnings"]]


def test_a_name_that_a_tag_and_a_branch_share_is_refused(gate: Gate) -> None:
    gate.git("tag", "main", "main~2")
    ran = run(gate, "main", "--format", "json", code=2)
    assert "refs/heads/main, refs/tags/main" in ran.json["error"]["message"]
    assert document(gate, "refs/heads/main")["commits"] == 3


def test_a_checkpoint_makes_the_next_run_begin_there_and_a_rewritten_history_visible(gate: Gate) -> None:
    file = gate.space.folder / "checkpoint.json"
    words = ("--checkpoint", str(file))
    first = document(gate, *words)
    assert json.loads(file.read_text())["commit"] == first["head"]
    gate.on_main({"src/app.py": "print(3)\n"})
    later = document(gate, *words)
    assert (later["baseline"], later["commits"]) == (first["head"], 1)
    kept = file.read_bytes()
    edit = gate.on_main(EDITED)
    assert found(document(gate, *words, code=1)) == [("unexplained_values", edit)]
    assert file.read_bytes() == kept, "only a run without findings is one to go on from"
    gate.git("reset", "--quiet", "--hard", "main~3")
    assert found(document(gate, *words, code=1)) == [("rewritten", json.loads(kept)["commit"])]


def test_a_checkpoint_that_cannot_be_read_is_refused_with_its_name(gate: Gate) -> None:
    file = gate.space.folder / "checkpoint.json"
    file.write_text("{}")
    ran = run(gate, "--checkpoint", str(file), "--format", "json", code=2)
    assert "checkpoint.json" in ran.json["error"]["message"]
    assert file.read_text() == "{}"


@pytest.fixture
def sign(gate: Gate, tmp_path: Path) -> Callable[[Path], str]:
    """Sign the newest commit on main with a key."""

    def signed(private: Path) -> str:
        key = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={private}")
        date = {"GIT_COMMITTER_DATE": NOW.isoformat()}
        gate.git(*key, "commit", "--quiet", "--amend", "--no-edit", "-S", env=date)
        return gate.git("rev-parse", "main")

    return signed


def required(*keys: str) -> dict[str, str | bytes]:
    return {POLICY: f"{ROOMY}[audit]\nrequire_signed = true\nallowed_ssh_keys = {json.dumps(list(keys))}\n"}


def test_signatures_are_asked_for_by_the_policy_of_the_time(
    gate: Gate, tmp_path: Path, sign: Callable[[Path], str]
) -> None:
    (old, old_key), (new, new_key) = make_ssh_key(tmp_path, "old"), make_ssh_key(tmp_path, "new")
    gate.on_main(required(old_key))
    gate.land(gate.propose(lever(1.65)).branch, "squash")
    good = sign(old)
    gate.on_main(required(new_key))
    gate.land(gate.propose(built(TRIGGER, 12.0)).branch, "squash")
    wrong = sign(old)
    gate.land(gate.propose(lever(1.7)).branch)
    told = document(gate, code=1)
    states = {one["commit"]: one["signature"]["state"] for one in told["landings"]}
    assert [states[good], states[wrong]] == ["good", "unknown_key"]
    assert found(told) == [("not_signed", wrong), ("not_signed", gate.git("rev-parse", "main"))]
    gate.git("reset", "--quiet", "--hard", f"{wrong}^")
    assert found(document(gate)) == [], "what landed before signatures were asked for stays as it is"
    gate.land(gate.propose(built(TRIGGER, 12.5)).branch, "squash")
    sign(new)
    assert found(document(gate)) == []


def test_the_help_teaches(gate: Gate) -> None:
    ran = run(gate, "--help", code=0)
    assert "Examples:" in ran.out
    assert "--checkpoint" in ran.out


def test_progress_is_for_a_person_who_waits(gate: Gate) -> None:
    done = subprocess.run(
        ["git", "rev-list", "--count", "main"], cwd=gate.space.clone, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 1000
    assert "judged" not in run(gate).err


def test_a_line_that_never_passed_the_baseline_is_found(gate: Gate) -> None:
    """Another root as first parent, the true history merged into it: the first policy comes with landed proposals."""
    gate.git("switch", "--quiet", "--orphan", "other")
    gate.space.commit({"a": "1"})
    gate.git("merge", "--quiet", "--allow-unrelated-histories", "--no-edit", "main")
    told = document(gate, "other", code=1)
    assert found(told) == [("baseline_off_line", gate.git("rev-parse", "other"))]
    start = gate.git("rev-parse", "main~2")
    assert ("baseline_off_line", start) in found(document(gate, "other", "--since", start, code=1))
