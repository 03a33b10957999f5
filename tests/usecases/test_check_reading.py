"""The gate reads a clone without GitPython, and reads in it what every other command reads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.merged_tree import MergedTree
from promobot.adapters.repository import Repository
from promobot.adapters.repository.history import history_steps
from promobot.errors import RepositoryRefused
from promobot.usecases.check_reading import GateRepository
from tests.support.builders import patch
from tests.support.gate import AUTO, LEVERAGE, POLICY, REPORTS, Gate


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """`odd` holds a link, a program, a submodule and a folder of proposals."""
    gate = Gate.at(tmp_path)
    gate.on_main({f"{REPORTS}/{name}": "{}" for name in ("one/meta", "two/meta", "three/other")})
    gate.git("switch", "--quiet", "-c", "odd")
    (gate.space.clone / "link").symlink_to("config")
    (gate.space.clone / "src/run").write_text("")
    (gate.space.clone / "src/run").chmod(0o755)
    gate.git("add", "--all")
    gate.git("update-index", "--add", "--cacheinfo", f"160000,{gate.git('rev-parse', 'main')},sub")
    gate.git("commit", "--quiet", "-m", "odd things")
    gate.git("switch", "--quiet", "main")
    return gate


@pytest.fixture
def both(gate: Gate) -> Iterator[tuple[GateRepository, Repository]]:
    with MergedTree(gate.space.clone, "main", "odd") as merged:
        yield GateRepository(merged), Repository(gate.space.clone)


def told(ask: Callable[[], Any]) -> Any:
    """The answer, or the words of the refusal."""
    try:
        return ask()
    except RepositoryRefused as error:
        return error.message


PATHS = [AUTO, "src/run", "src", "nothing", "src/nothing", "link", "link/x", "src/run/x", "sub", "sub/x", "src//run"]


@pytest.mark.parametrize("path", PATHS)
def test_what_stands_at_a_path(gate: Gate, both: tuple[GateRepository, Repository], path: str) -> None:
    commit = gate.git("rev-parse", "odd")
    mine, theirs = (told(partial(one.entry, commit, path)) for one in both)
    assert mine == theirs


@pytest.mark.parametrize("folder", [REPORTS, "src", "link", "link/x", "sub", "nothing"])
def test_which_folders_hold_a_name(gate: Gate, both: tuple[GateRepository, Repository], folder: str) -> None:
    commit = gate.git("rev-parse", "odd")
    mine, theirs = (told(partial(one.files_named, commit, folder, "meta")) for one in both)
    assert mine == theirs
    assert (folder == REPORTS) == (mine == [f"{REPORTS}/{name}/meta" for name in ("one", "two")])


def test_a_commit(gate: Gate, both: tuple[GateRepository, Repository]) -> None:
    gate.git("merge", "--quiet", "--no-ff", "-m", "both\n\nof them", "odd")
    other = ("-c", "i18n.commitEncoding=ISO-8859-1")
    latin = gate.git(*other, "commit-tree", "main^{tree}", "-p", "odd", "-m", "gr\u00fcn")
    for commit in (gate.git("rev-parse", "main"), gate.git("rev-parse", "odd"), latin):
        mine, theirs = (one.branch_state(commit) for one in both)
        assert mine == theirs
        assert all(one.has_commit(commit) for one in both)
    for missing in ("0" * 40, gate.git("rev-parse", f"main:{POLICY}"), "odd\u00b2"):
        assert not any(one.has_commit(missing) for one in both)
    with pytest.raises(RepositoryRefused, match="cannot be read"):
        both[0].branch_state("0" * 40)


def test_many_blobs(gate: Gate, both: tuple[GateRepository, Repository]) -> None:
    tree = gate.git("rev-parse", "main^{tree}")
    wanted = [gate.git("rev-parse", f"main:{path}") for path in (AUTO, POLICY)]
    mine, theirs = (one.blobs([wanted[0], "0" * 40, tree, *wanted]) for one in both)
    assert mine == theirs
    assert list(mine) == wanted


@pytest.mark.parametrize("how", ["moved on", "by its first parents", "by another way"])
def test_a_history_is_walked_once(gate: Gate, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older of two commits on one line has the end of the newer one's log; on another line it has its own."""
    for name in ("first", "second"):
        gate.on_main({f"{REPORTS}/{name}/proposal_meta.json": "{}"})
    older = gate.git("rev-parse", "main")
    gate.git("branch", "side")
    gate.git("reset", "--quiet", "--hard", "main~2" if how == "by another way" else "main")
    gate.on_main({AUTO: '[auto_applied]\n"portfolio.leverage" = 1.6\n'})
    if how != "moved on":
        gate.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side" if how == "by another way" else "odd")
    gate.git("commit", "--quiet", "--allow-empty", "-m", "nothing")
    head = gate.git("commit-tree", f"{older}^{{tree}}", "-p", older, "-m", "head")
    plain = Repository(gate.space.clone)
    with MergedTree(gate.space.clone, "main", head) as merged:
        repository = GateRepository(merged)
        assert merged.side.merge_bases == (older,)
        for commit in (merged.side.base, older):
            wanted = list(history_steps(plain, commit, AUTO, REPORTS))
            assert list(history_steps(repository, commit, AUTO, REPORTS)) == wanted
            assert len(wanted) >= 2
        walked = [words for words, _ in repository.git._said if "log" in words]  # type: ignore[attr-defined]
        assert len(walked) == (2 if how == "by another way" else 1)


def test_the_judgement_of_a_proposal_loads_only_what_it_needs(gate: Gate) -> None:
    """They take longer to load than the gate to judge (tests/benchmarks/bench_check.py)."""
    made = gate.propose(patch(target=LEVERAGE))
    script = (
        "import sys; from promobot.cli.gate import quick; "
        f"code = quick(['--repo', {str(gate.space.clone)!r}, '--base', 'main', '--head', {made.branch!r}, "
        "'--branch', 'main']); print(sorted({'git', 'github', 'typer', 'rich', 'tomlkit'} & set(sys.modules)), code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[] 0\n"), done.stdout
