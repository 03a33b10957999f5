"""The merged tree's own reading of git's objects: the same answers as git's, and no word for what is broken."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promobot.adapters.merged_tree import MergedTree, Unmergeable
from promobot.adapters.repository import Repository
from promobot.adapters.repository.command import GitCommand
from promobot.usecases.check_reading import GateRepository
from tests.support.fake_github.git import clean_env
from tests.support.gate import AUTO, POLICY, Gate

FILES = {
    AUTO: b"[auto_applied]\n",
    "reports/live_promotion/x/y.json": b"{}",
    "config.d": b"",
    "config-a/b": b"",
    "a": b"\0",
}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate.at(tmp_path)


def tree_of(gate: Gate, rows: bytes) -> str:
    """A tree object as it is given, whatever git thinks of it."""
    command = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    done = subprocess.run(command, cwd=gate.space.clone, env=clean_env(), input=rows, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_tree_with_files_has_the_id_that_git_gives_it(gate: Gate) -> None:
    main = gate.git("rev-parse", "main")
    with MergedTree(gate.space.clone, main, main) as merged:
        mine = merged.tree_with(main, FILES)
    assert mine == Repository(gate.space.clone).tree_with(main, FILES, keep=False)


@pytest.mark.parametrize("path", ["config", f"{AUTO}/x", "src/app.py/x"])
def test_a_file_takes_no_folders_place(gate: Gate, path: str) -> None:
    with MergedTree(gate.space.clone, "main", "main") as merged:
        assert merged.tree_with(merged.side.base, {path: b""}) is None


def test_entries_are_gits(gate: Gate) -> None:
    gate.git("update-index", "--chmod=+x", "src/app.py")
    gate.git("update-index", "--add", "--cacheinfo", f"160000,{gate.git('rev-parse', 'main')},module")
    (gate.space.clone / "link").symlink_to("src")
    gate.git("add", "link")
    gate.git("commit", "-qm", "kinds")
    with MergedTree(gate.space.clone, "main", "main") as merged:
        for row in gate.git("ls-tree", "-r", "-t", "main").splitlines():
            form, _, path = row.partition("\t")
            mode, _, blob = form.split(" ")
            assert merged.entry(merged.tree, path) == (int(mode, 8), blob)
        for path in (
            "nothing",
            "src/nothing",
            "src/app.py/x",
            "link/app.py",
            "module/x",
            "",
            "src/",
            "/src",
            "src//app.py",
        ):
            assert merged.entry(merged.tree, path)[0] == 0, path
        assert merged.file(merged.tree, "src") is None and merged.file(merged.tree, "module") is None
        assert merged.file(merged.tree, "link") == b"src"
        assert merged.names(merged.tree, "config") == {"config.toml", "promobot.toml", "live_overrides"}
        assert merged.names(merged.tree, "src/app.py") == merged.names(merged.tree, "nothing") == frozenset()


def test_what_is_broken_or_missing_is_unreadable(gate: Gate) -> None:
    broken = tree_of(gate, b"100644 a\0" + b"x" * 7)
    with MergedTree(gate.space.clone, "main", "main") as merged:
        for ask in (lambda: merged.blob("0" * 40), lambda: merged.blob(merged.tree), lambda: merged.entry(broken, "a")):
            with pytest.raises(Unmergeable) as told:
                ask()
            assert told.value.code == "unreadable"
        assert merged.file(merged.tree, POLICY), "and what is there can still be read"


def test_only_attributes_on_the_way_are_asked_for(gate: Gate) -> None:
    beside = {"config/.gitattributes": "config.toml y\n", "src/.gitattributes": "* z\n"}
    gate.on_main({".gitattributes": "*.toml x=1\n", **beside})
    with MergedTree(gate.space.clone, "main", "main") as merged:
        assert merged.attributes(merged.tree, [AUTO, "config/config.toml", "README.md"]) == {
            AUTO: ["x=1"],
            "config/config.toml": ["x=1", "y=set"],
        }


@pytest.mark.parametrize("path", ["new", "src/new"])
def test_an_old_trees_modes_are_mended_as_git_mends_them(gate: Gate, path: str) -> None:
    """Modes like 100664 stand in old histories; git keeps them in a folder where nothing changes, and only there."""
    inner = tree_of(gate, b"100664 app.py\0" + bytes.fromhex(gate.git("rev-parse", "main:src/app.py")))
    outer = tree_of(gate, b"40000 src\0" + bytes.fromhex(inner))
    old = gate.git("commit-tree", outer, "-p", "main", "-m", "old")
    with MergedTree(gate.space.clone, "main", old) as merged:
        wanted = Repository(gate.space.clone).tree_with(old, {path: b""}, keep=True)
        assert merged.tree_with(old, {path: b""}) == wanted


def test_the_gate_asks_git_nothing_twice(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    with MergedTree(gate.space.clone, "main", "main") as merged:
        repository, plain = GateRepository(merged), Repository(gate.space.clone)
        words = ("-c", "core.commitGraph=false", "log", "--format=%H", merged.side.base)
        told = repository.git.output(*words)
        assert told == plain.git.output(*words)
        gate.on_main({"src/x.py": ""})
        assert repository.git.output("for-each-ref") == plain.git.output("for-each-ref"), "refs move"
        monkeypatch.setattr(GitCommand, "output", lambda *_, **__: pytest.fail("asked again"))
        assert repository.git.output(*words) == told
        assert repository.is_ancestor(merged.side.base, merged.side.base)
        files, state = {"src/x.py": b""}, repository.branch_state(gate.git("rev-parse", "main"))
        assert repository.tree_with(merged.side.base, files, keep=False) == state.tree
        monkeypatch.undo()
        assert repository.tree_with(merged.side.base, {"y": b""}, keep=False) != state.tree
        assert repository.blob_id(b"x\n") == plain.blob_id(b"x\n")
        assert not repository.is_ancestor("0" * 40, merged.side.base)
