"""Twenty cycles at once, each a process of its own, against one origin and one forge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_github import FakeGitHub
from tests.support.forked import start
from tests.support.hosted import NAME, Team, host, long_ago
from tests.support.workspace import NOW, Ran, Workspace, patch

MANY = 20
LEVERAGE = patch("portfolio.leverage", 1.75)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with FakeGitHub(clock=long_ago) as fake:
        yield host(fake, tmp_path)


def clones(team: Team, count: int) -> list[Workspace]:
    """So many checkouts of the same origin, as so many runners have them."""
    found = []
    for number in range(count):
        space = Workspace(team.space.folder / f"runner{number}", team.space.origin, team.space.env)
        space.folder.mkdir()
        team.space.git("clone", "--quiet", str(team.space.origin), str(space.clone), at=team.space.folder)
        found.append(space)
    return found


def all_at_once(spaces: list[Workspace], exports: list[Path], tmp_path: Path) -> list[Ran]:
    """Start them all, wait for them all; each must end in 0, or in 5 with its reason."""
    words = ("--format", "json", "--now", NOW.isoformat())
    pairs = zip(spaces, exports, strict=True)
    running = [start(at, tmp_path / f"{n}.out", "propose", str(export), *words) for n, (at, export) in enumerate(pairs)]
    ended = [one.ended() for one in running]
    for ran in ended:
        assert ran.code in (0, 5), ran.out + ran.err
        assert "Traceback" not in ran.err
    return ended


@pytest.mark.parametrize("runners", [1, MANY], ids=["in one checkout", "in twenty checkouts"])
def test_one_export_makes_one_pull_request_ever(team: Team, runners: int, tmp_path: Path) -> None:
    spaces = [team.space] * MANY if runners == 1 else clones(team, MANY)
    team.space.export(LEVERAGE)
    before = team.space.traces()
    ended = all_at_once(spaces, [tmp_path / "export.json"] * MANY, tmp_path)
    [pull] = team.forge.repository(NAME).pulls
    assert pull.state == "open"
    assert team.labels(pull.number) == {"promobot", "risk"}
    [branch] = team.proposals()
    assert len(team.commits_on(branch)) == 1
    assert len(team.space.ledger()) == 1
    outcomes = [ran.json["outcome"] for ran in ended if ran.code == 0]
    assert set(outcomes) <= {"opened", "adopted", "unchanged"}
    assert outcomes, "not one of them got through"
    assert team.space.traces() == before


def test_twenty_exports_end_in_one_open_proposal(team: Team, tmp_path: Path) -> None:
    exports = [tmp_path / f"export{number}.json" for number in range(MANY)]
    for number, place in enumerate(exports):
        team.space.export(patch("portfolio.leverage", round(1.51 + number / 100, 2)), name=f"../{place.name}")
    ended = all_at_once(clones(team, MANY), exports, tmp_path)
    told = [ran.json.get("outcome") or ran.json["error"]["message"] for ran in ended]
    states = [(pull.number, pull.state, sorted(team.labels(pull.number))) for pull in team.forge.repository(NAME).pulls]
    open_ones = team.pulls("open")
    assert len(open_ones) == 1, (told, states)
    for pull in team.forge.repository(NAME).pulls:
        assert pull.state == "open" or "promobot:superseded" in team.labels(pull.number), "a no that no person gave"
        # Several may see the same one open and close it; each says so once.
        assert len(set(team.comments(pull.number))) == len(team.comments(pull.number))
    head = team.pull(open_ones[0]).pull
    assert head
    assert team.commits_on(head.head_ref) == [head.head_sha]
    done = [ran for ran in ended if ran.code == 0]
    assert len(team.space.ledger()) >= len(done), "each cycle that ended well is written down"
