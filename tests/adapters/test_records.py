"""The ledger's records as a clone has them: their order, which branch counts, and what was done to one since."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.adapters.repository.mainline import lies_behind, mainline, was_merged_as
from promobot.adapters.repository.records import Records, proved_blobs, read_records
from promobot.core.ledger import LEDGER
from promobot.errors import RepositoryRefused
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit
from tests.support.workspace import Workspace, make_workspace

ONE, TWO, THREE = "1" * 64, "0" * 64, "f" * 64
LOCAL, REMOTE = f"refs/heads/{LEDGER}", f"refs/remotes/origin/{LEDGER}"


def path(digest: str) -> str:
    return f"records/{digest}.json"


@dataclass
class Scene:
    """A clone, whose ledger is written by hand: each `write` is a commit on top of what `ref` holds."""

    space: Workspace

    def write(self, files: Mapping[str, str | None], ref: str = LOCAL, mode: str = "100644") -> str:
        """Add files, or take away those that are None; the commit."""
        git, scratch = self.space.git, self.space.folder / "index"
        scratch.unlink(missing_ok=True)
        env = {"GIT_INDEX_FILE": str(scratch)}
        head = self.head(ref)
        if head:
            git("read-tree", head, env=env)
        for name, text in files.items():
            if text is None:
                git("update-index", "--force-remove", name, env=env)
            else:
                self.space.write({"../blob": text})
                blob = git("hash-object", "-w", "../blob")
                git("update-index", "--add", "--cacheinfo", f"{mode},{blob},{name}", env=env)
        tree = git("write-tree", env=env)
        made = git("commit-tree", tree, *(("-p", head) if head else ()), "-m", "ledger")
        git("update-ref", ref, made)
        return made

    def head(self, ref: str) -> str:
        return self.space.git("for-each-ref", "--format=%(objectname)", ref)

    def read(self, remote: str | None = "origin") -> Records:
        return read_records(Repository(self.space.clone), remote)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(make_workspace(tmp_path, files={"README.md": "x\n"}))


def found(records: Records) -> list[tuple[str, str | None, str | None]]:
    return [(one.code, one.commit, one.path) for one in records.findings]


def test_without_a_ledger_there_is_none(scene: Scene) -> None:
    assert scene.read() == Records()
    assert scene.read(None) == Records()


def test_records_stand_in_the_order_in_which_they_were_written(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"})
    scene.write({"cycles/x.json": "a cycle"})
    second = scene.write({path(TWO): "two"})
    third = scene.write({path(THREE): "three"})
    told = scene.read()
    assert [(one.digest, one.commit) for one in told.filed] == [(ONE, first), (TWO, second), (THREE, third)]
    assert [one.blob for one in told.filed] == [
        scene.space.git("rev-parse", f"{LEDGER}:{path(digest)}") for digest in (ONE, TWO, THREE)
    ]
    assert (told.head, told.findings, told.warnings) == (third, (), ())


def test_two_of_one_commit_stand_by_their_names_whatever_is_configured(scene: Scene) -> None:
    scene.write({path(ONE): "one", path(TWO): "two"})
    (scene.space.clone / "order").write_text(f"*{ONE}.json\n*\n")
    scene.space.git("config", "diff.orderFile", "order")
    assert [one.digest for one in scene.read().filed] == [TWO, ONE]


ALTERED: dict[str, tuple[dict[str, str | None], str]] = {
    "another content": ({path(ONE): "other"}, "100644"),
    "a symbolic link": ({path(ONE): "one"}, "120000"),
    "an executable": ({path(ONE): "one"}, "100755"),
}


@pytest.mark.parametrize(("files", "mode"), ALTERED.values(), ids=ALTERED)
def test_a_record_that_is_altered_names_the_commit(scene: Scene, files: dict[str, str | None], mode: str) -> None:
    scene.write({path(ONE): "one", path(TWO): "two"})
    before = scene.read().filed
    commit = scene.write(files, mode=mode)
    scene.write({path(THREE): "three"})
    told = scene.read()
    assert found(told) == [("record_altered", commit, path(ONE))]
    assert told.filed[:2] == before, "what counts is what was written first"


def test_a_record_that_is_altered_and_back_again_is_found(scene: Scene) -> None:
    scene.write({path(ONE): "one"})
    commit = scene.write({path(ONE): "other"})
    scene.write({path(ONE): "one"})
    assert found(scene.read()) == [("record_altered", commit, path(ONE))]


def test_a_record_that_is_taken_away_and_put_back_is_found(scene: Scene) -> None:
    scene.write({path(ONE): "one", path(TWO): "two"})
    gone = scene.write({path(ONE): None})
    assert found(scene.read()) == [("record_removed", gone, path(ONE))]
    other = scene.write({path(ONE): "other"})
    told = scene.read()
    assert found(told) == [("record_removed", gone, path(ONE)), ("record_altered", other, path(ONE))]
    assert len(told.filed) == 2


def test_a_folder_that_becomes_a_file_takes_all_away(scene: Scene) -> None:
    scene.write({path(ONE): "one", path(TWO): "two"})
    commit = scene.write({path(ONE): None, path(TWO): None, "records": "a file"})
    told = scene.read()
    assert found(told) == [("record_removed", commit, path(TWO)), ("record_removed", commit, path(ONE))]
    assert [one.code for one in told.warnings] == ["not_a_record"]


def test_a_record_written_as_a_link_is_found(scene: Scene) -> None:
    commit = scene.write({path(ONE): "one"}, mode="120000")
    assert found(scene.read()) == [("record_altered", commit, path(ONE))]


@pytest.mark.parametrize(
    "name",
    [
        "README",
        f"{ONE}.txt",
        f"{ONE.upper()[:63]}A.json",
        f"{TWO}.json.bak",
        f"old/{ONE}.json",
        "\x01\n:\t",
        os.fsdecode(b"\xff"),
    ],
)
def test_what_is_no_record_only_warns(scene: Scene, name: str) -> None:
    commit = scene.write({path(ONE): "one", f"records/{name}": "x"})
    scene.write({f"records/{name}": None})
    told = scene.read()
    assert [(one.code, one.commit) for one in told.warnings] == [("not_a_record", commit)]
    assert told.warnings[0].message.isprintable()
    assert "\udcff" not in str(told.warnings[0].path), "it must be possible to print it"
    assert (len(told.filed), told.findings) == (1, ())


SETTINGS = {"log.showRoot": "false", "diff.renames": "copies", "diff.ignoreSubmodules": "all", "log.diffMerges": "off",
            "diff.relative": "true", "core.abbrev": "4", "core.quotePath": "false", "log.follow": "true"}  # fmt: skip


def test_no_setting_of_the_repository_bends_it(scene: Scene) -> None:
    for name, value in SETTINGS.items():
        scene.space.git("config", name, value)
    scene.write({path(ONE): "one\n" * 50})
    linked = scene.write({path(TWO): "a submodule"}, mode="160000")
    moved = scene.write({path(ONE): None, path(THREE): "one\n" * 50})
    told = scene.read()
    assert found(told) == [("record_altered", linked, path(TWO)), ("record_removed", moved, path(ONE))]
    assert [one.digest for one in told.filed] == [ONE, TWO, THREE]


def test_a_ledger_that_begins_anew_by_a_merge_is_found(scene: Scene) -> None:
    """A push that only adds commits: a false ledger is the first parent, the true one the second."""
    git = scene.space.git
    true = scene.write({path(ONE): "one"})
    git("update-ref", "-d", LOCAL)
    false = scene.write({path(ONE): "false"})
    merge = git("commit-tree", f"{false}^{{tree}}", "-p", false, "-p", true, "-m", "merge")
    git("update-ref", LOCAL, merge)
    assert found(scene.read()) == [("ledger_merge", merge, None)]


# Which branch counts.


def test_the_remotes_ledger_counts_and_a_local_one_behind_it_is_no_matter(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"})
    scene.space.git("update-ref", REMOTE, first)
    newest = scene.write({path(TWO): "two"}, REMOTE)
    told = scene.read()
    assert (told.head, len(told.filed), told.findings) == (newest, 2, ())
    assert scene.read(None).head == first


def test_a_local_ledger_that_is_newer_counts(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"})
    scene.space.git("update-ref", REMOTE, first)
    newest = scene.write({path(TWO): "two"})
    assert (scene.read().head, scene.read().findings) == (newest, ())


def test_only_the_remotes(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"}, REMOTE)
    assert scene.read().head == first
    assert scene.read(None).head is None


def test_ledgers_that_have_parted_are_found(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"})
    scene.space.git("update-ref", REMOTE, first)
    scene.write({path(TWO): "two"})
    theirs = scene.write({path(TWO): "another two"}, REMOTE)
    told = scene.read()
    assert (told.head, found(told)) == (theirs, [("ledger_parted", theirs, None)])


def test_a_false_commit_graph_hides_no_parting(scene: Scene) -> None:
    """The graph says that the local ledger lies behind the remote's. git takes only what lies behind from it."""
    ours = scene.write({path(ONE): "one"})
    begun = scene.write({path(TWO): "two"}, REMOTE)
    theirs = scene.write({path(THREE): "three"}, REMOTE)
    forged_graph(scene, begun, ours)
    assert scene.space.git("merge-base", ours, theirs) == ours, "the graph must lie, or this shows nothing"
    told = scene.read()
    assert found(told) == [("ledger_parted", theirs, None)]
    assert [one.commit for one in told.filed] == [begun, theirs]


def test_a_replaced_commit_hides_nothing(scene: Scene) -> None:
    scene.write({path(ONE): "one"})
    commit = scene.write({path(ONE): "other"})
    scene.space.git("replace", "--graft", commit)
    assert found(scene.read()) == [("record_altered", commit, path(ONE))]


def forged_graph(scene: Scene, child: str, parent: str) -> None:
    """A commit-graph in which `child` has a parent that it has not. The form: git's gitformat-commit-graph(5)."""
    clone = scene.space.clone
    scene.space.git("commit-graph", "write", "--reachable")
    graph = clone / ".git/objects/info/commit-graph"
    data = bytearray(graph.read_bytes())
    table = [data[8 + 12 * n : 20 + 12 * n] for n in range(data[6])]
    chunks = {bytes(row[:4]): int.from_bytes(row[4:]) for row in table}
    names, commits, count = chunks[b"OIDL"], chunks[b"CDAT"], int.from_bytes(data[chunks[b"OIDF"] + 1020 :][:4])
    order = [data[names + 20 * n :][:20].hex() for n in range(count)]
    place = commits + 36 * order.index(child) + 20
    data[place : place + 4] = order.index(parent).to_bytes(4)
    generation = place + 8
    data[generation : generation + 4] = (9 << 2).to_bytes(4)
    graph.chmod(0o644)
    graph.write_bytes(data)


# Reading by name.


def test_contents_are_proved_by_their_names(scene: Scene) -> None:
    scene.write({path(ONE): "one"})
    repository = Repository(scene.space.clone)
    [one] = scene.read().filed
    assert proved_blobs(repository, [one.blob, "0" * 40]) == {one.blob: b"one"}


def test_an_object_with_anothers_content_is_refused(scene: Scene) -> None:
    scene.write({path(ONE): "one", path(TWO): "two"})
    two, one = scene.read().filed
    objects = scene.space.clone / ".git/objects"
    place, other = (objects / name.blob[:2] / name.blob[2:] for name in (one, two))
    os.chmod(place, 0o644)  # noqa: PTH101
    place.write_bytes(other.read_bytes())
    with pytest.raises(RepositoryRefused, match=f"{one.blob}"):
        proved_blobs(Repository(scene.space.clone), [one.blob])


def test_a_ledger_with_a_lost_commit_is_refused(scene: Scene) -> None:
    first = scene.write({path(ONE): "one"})
    scene.write({path(TWO): "two"})
    (scene.space.clone / ".git/objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(RepositoryRefused, match="git fsck"):
        scene.read()


# The base branch's own line.


def test_the_line_is_that_of_the_first_parents(scene: Scene) -> None:
    git = scene.space.git
    root = git("rev-parse", "HEAD")
    git("switch", "--quiet", "--create", "side")
    scene.space.write({"side": "1"})
    git("add", "--all")
    git("commit", "--quiet", "--message", "side")
    git("switch", "--quiet", "main")
    git("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    repository, head = Repository(scene.space.clone), git("rev-parse", "HEAD")
    assert mainline(repository, head) == {name: git("rev-parse", f"{name}^{{tree}}") for name in (head, root)}
    with pytest.raises(RepositoryRefused):
        mainline(repository, "0" * 40)


def test_what_is_not_here_lies_behind_nothing(scene: Scene) -> None:
    repository, head = Repository(scene.space.clone), scene.space.git("rev-parse", "HEAD")
    assert lies_behind(repository, head, head)
    assert not lies_behind(repository, "0" * 40, head)


def test_how_a_landing_was_merged(tmp_path: Path) -> None:
    """A line a - b - c - m, where m merges s."""
    space = make_workspace(tmp_path, files={"README.md": "x\n"})
    git = Git(space.folder / "origin.git")
    root = space.git("rev-parse", "HEAD")
    a = commit(git, "main", {"a": "1"}, "a", onto=root)
    b = commit(git, "main", {"b": "1"}, "b", onto=a)
    s = commit(git, "side", {"s": "1"}, "s", onto=a)
    space.git("fetch", "--quiet", "origin")
    m = space.git("commit-tree", f"{b}^{{tree}}", "-p", b, "-p", s, "-m", "m")
    repository = Repository(space.clone)

    def merged(landing: str, merge_commit: str | None, commits: int = 1, head: str = m) -> bool:
        return was_merged_as(repository, head, landing, merge_commit, commits)

    assert merged(a, a)
    assert not merged(a, None)
    assert merged(a, b, 2), "a rebase of two, named by its last"
    assert not merged(a, b, 1), "a rebase of one brought b alone"
    assert not merged(b, a, 9), "what comes later was not brought"
    assert not merged(a, m, 3), "a merge made later stands beside three commits"
    assert not merged(a, "0" * 40, 9)
    assert not merged(a, b, 2, head=a), "the merge is not on this line"
