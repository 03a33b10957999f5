"""A clone that was made to show another history than its objects tell; a rewritten branch; what people acknowledged.

In each clone a value was edited by hand, with honest landings on both sides. Where the clone is bent, the test first
shows that plain git is deceived.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from promobot.adapters.repository import Repository
from promobot.core.audit.checkpoint import checkpoint_of
from promobot.core.audit.events import PolicyChange
from promobot.core.audit.statement import Filed
from promobot.errors import RepositoryRefused, ShallowClone
from tests.support.audit import Trail, edited, named
from tests.support.gate import AUTO, POLICY, ROOMY

SETTINGS = {
    "log.mailmap": "true", "log.showRoot": "false", "log.diffMerges": "off", "log.follow": "true", "log.date": "raw",
    "log.decorate": "full", "log.showSignature": "true", "log.excludeDecoration": "*", "format.pretty": "oneline",
    "diff.renames": "copies", "diff.relative": "true", "diff.ignoreSubmodules": "all", "diff.noPrefix": "true",
    "diff.external": "true", "diff.orderFile": "/dev/null", "core.quotePath": "false", "core.abbrev": "4",
    "core.ignoreCase": "true", "core.attributesFile": "/dev/null", "i18n.logOutputEncoding": "UTF-16",
    "core.useReplaceRefs": "true", "core.commitGraph": "true", "color.ui": "always", "core.notesRef": "refs/heads/main",
}  # fmt: skip


def edit(trail: Trail) -> str:
    """The tampering that is to be hidden: a value by hand, with an honest landing behind it."""
    commit = trail.commit({AUTO: edited(trail)})
    trail.land_later()
    return commit


def loose(trail: Trail, name: str) -> Path:
    """An object's own file."""
    return trail.gate.space.clone / ".git/objects" / name[:2] / name[2:]


def overwrite(trail: Trail, name: str, kind: str, content: bytes) -> bytes:
    """Put another content under an object's name; what stood there."""
    place = loose(trail, name)
    before = place.read_bytes()
    place.unlink()
    place.write_bytes(zlib.compress(f"{kind} {len(content)}\0".encode() + content))
    return before


def without(trail: Trail, hidden: str) -> bytes:
    """The last commit as if what is hidden did not lie behind it."""
    told = trail.feed("cat-file", "commit", "main", stdin=b"").encode() + b"\n"
    return told.replace(hidden.encode(), trail.tip(f"{hidden}^").encode())


def by_replace_ref(trail: Trail, hidden: str) -> None:
    other = trail.feed("hash-object", "-t", "commit", "-w", "--stdin", stdin=without(trail, hidden))
    trail.git("replace", trail.tip(), other)


def by_graft(trail: Trail, hidden: str) -> None:
    grafts = trail.gate.space.clone / ".git/info/grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{trail.tip()} {trail.tip(f'{hidden}^')}\n")


def by_commit_graph(trail: Trail, hidden: str) -> None:
    """The graph is written while the commit's object lies; then the object is put right."""
    name = trail.tip()
    before = overwrite(trail, name, "commit", without(trail, hidden))
    trail.git("commit-graph", "write", "--reachable")
    loose(trail, name).write_bytes(before)


DECEIVED: dict[str, tuple[Callable[[Trail, str], None], str]] = {
    "a replace ref": (by_replace_ref, ""),
    "a graft": (by_graft, "grafted"),
    "a forged commit-graph": (by_commit_graph, ""),
}


@pytest.mark.parametrize(("bend", "more"), DECEIVED.values(), ids=DECEIVED)
def test_what_git_is_made_to_hide_is_named(bend: Callable[[Trail, str], None], more: str, tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    hidden = edit(trail)
    head = trail.tip()
    bend(trail, hidden)
    assert hidden not in trail.git("rev-list", "main")
    proof = trail.proof()
    assert named(proof) == {("unexplained_values", hidden)} | ({(more, None)} if more else set())
    told = {(one.code, one.commit) for one in proof.warnings}
    assert (("replace_ref", head) in told) is (bend is by_replace_ref)


def test_settings_attributes_and_mailmap_have_no_word(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    policy = trail.commit({POLICY: ROOMY + "\n", ".mailmap": "Nobody <n@example.invalid> <m@example.invalid>\n"},
                          who="Mallory <m@example.invalid>")  # fmt: skip
    hidden = edit(trail)
    for name, value in SETTINGS.items():
        trail.git("config", name, value)
    info = trail.gate.space.clone / ".git/info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text("* -diff export-ignore\n")
    proof = trail.proof()
    assert named(proof) == {("unexplained_values", hidden)}
    (change,) = (event for event in proof.chronicle.events if isinstance(event, PolicyChange))
    assert (change.at.commit, change.author) == (policy, ("Mallory", "m@example.invalid"))


def test_a_shallow_clone_is_refused(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    edit(trail)
    trail.git("clone", "--quiet", "--depth=1", f"file://{trail.gate.space.clone}", str(tmp_path / "shallow"))
    with pytest.raises(ShallowClone, match="shallow"):
        Repository(tmp_path / "shallow")


def test_another_content_under_a_files_name_is_refused(tmp_path: Path) -> None:
    """The edited file holds what stood there before; its name still fits what names it."""
    trail = Trail.at(tmp_path)
    hidden = edit(trail)
    name = trail.git("rev-parse", f"{hidden}:{AUTO}")
    overwrite(trail, name, "blob", trail.text(AUTO, f"{hidden}^").encode())
    with pytest.raises(RepositoryRefused, match="does not hold what its name says"):
        trail.proof()


def test_a_missing_object_is_refused(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    hidden = edit(trail)
    loose(trail, trail.git("rev-parse", f"{hidden}:{AUTO}")).unlink()
    with pytest.raises(RepositoryRefused, match="missing"):
        trail.proof()


def test_a_force_push_shows_against_a_checkpoint(tmp_path: Path) -> None:
    """The edit was rewritten into the past, and everything behind it anew; alone, the branch is in order."""
    trail = Trail.at(tmp_path)
    noted = trail.commit({"src/app.py": "print(3)\n"})
    point = checkpoint_of(noted, trail.git("rev-parse", f"{noted}^{{tree}}"), trail.start, ())
    assert trail.found(checkpoint=point) == set()
    trail.git("update-ref", "refs/heads/main", f"{noted}^")
    trail.commit({"src/app.py": "print(4)\n"})
    trail.land_later()
    assert trail.found() == set()
    assert trail.found(checkpoint=point) == {("rewritten", noted)}


def test_a_dropped_record_shows_against_a_checkpoint(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    noted = trail.tip()
    filed = [Filed(trail.proof().chronicle.landings[0].digest, "0" * 40, "0" * 40)]
    point = checkpoint_of(noted, trail.git("rev-parse", "main^{tree}"), trail.start, filed)
    assert trail.found(checkpoint=point) == {("records_rewritten", None)}


def test_a_baseline_moved_over_an_edit_is_shown(tmp_path: Path) -> None:
    """What lies behind the baseline is taken as given; that somebody moved it is an event, and is told by a checkpoint
    and by beginning at the old one."""
    trail = Trail.at(tmp_path)
    point = checkpoint_of(trail.tip(), trail.git("rev-parse", "main^{tree}"), trail.start, ())
    hidden = edit(trail)
    moved = trail.commit({POLICY: f'{ROOMY}[audit]\nbaseline = "{trail.tip()}"\n'})
    proof = trail.proof()
    assert [event.at.commit for event in proof.chronicle.events] == [moved]
    assert trail.found(since=trail.start) == {("unexplained_values", hidden)}
    assert {("unexplained_values", hidden)} <= trail.found(checkpoint=point)


def test_what_is_acknowledged_is_exactly_one_finding(tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    before = trail.text(AUTO)
    first = trail.commit({AUTO: edited(trail), ".gitattributes": "*.toml filter=lfs\n"})
    second = trail.commit({AUTO: before, ".gitattributes": None})
    told = f'[[audit.acknowledged]]\ncommit = "{first}"\ncode = "unexplained_values"\nreason = "a night in May"\n'
    trail.commit({POLICY: ROOMY + told})
    trail.land_later()
    proof = trail.proof()
    assert named(proof) == {("attributes", first), ("unexplained_values", second)}
    assert [(one.code, one.commit, why) for one, why in proof.acknowledged] == [
        ("unexplained_values", first, "a night in May")
    ]
