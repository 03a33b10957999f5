"""A repository for the gate's tests, made once and copied for each case; proposals as promobot itself commits them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from promobot.adapters.repository import Base, Branches, GitPublisher, Repository
from promobot.cli.gate import Request, answer
from promobot.core.gate.verdict import Verdict
from promobot.core.health import Health
from promobot.core.intake import Intake
from promobot.core.ledger import LEDGER
from promobot.core.models import ConfigPatch
from promobot.core.prepared import Prepared, Proposed, prepare
from promobot.core.wish import Wish
from promobot.core.wishes import prepare_wish
from promobot.usecases.base import Elsewhere, read_base
from promobot.usecases.standing import overrides_blobs
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.workspace import Workspace, make_workspace, small_files

LEVERAGE, TRIGGER, WEIGHT, TILT = "portfolio.leverage", "strategy.trigger_delay", "macro.regime_weight", "macro.tilt"
AUTO, POLICY, CONFIG = "config/live_overrides/auto.toml", "config/promobot.toml", "config/config.toml"
REPORTS = "reports/live_promotion"
ROOMY = """\
version = 1
mode = "bounded_auto"
[[eligibility]]
targets = ["*"]
[auto_apply]
max_per_day = 100
"""


@cache
def _template() -> Path:
    """The clone that every case starts from; it goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="promobot-gate-tests-"))
    space = make_workspace(folder, remote=False, files=small_files() | {"src/app.py": "print(1)\n"})
    shutil.rmtree(space.clone / ".git/hooks", ignore_errors=True)
    return folder


@dataclass
class Gate:
    """A clone with `main`, and what a bot and people do in it. There is no remote."""

    space: Workspace

    @classmethod
    def at(cls, folder: Path, **changed: str) -> Gate:
        """A copy of the template; `policy`, `config`, `overrides` replace one of its files by a commit on main."""
        shutil.copytree(_template() / "clone", folder / "clone", symlinks=True)
        gate = cls(Workspace(folder, None))
        if changed:
            gate.on_main({path: text for path, text in small_files(**changed).items() if _named(path) in changed})
        return gate

    def git(self, *words: str, env: Mapping[str, str] | None = None) -> str:
        """Run git in the clone."""
        return self.space.git(*words, env=env)

    def on_main(self, files: Mapping[str, str | bytes], when: str = "") -> str:
        """A person's reviewed merge on main; the checkout is left there."""
        self.git("switch", "--quiet", "main")
        return self.space.commit(files, when=when)

    def state(self, at: datetime = NOW, base: str = "main") -> Any:
        """The base as promobot reads it."""
        return read_base(Repository(self.space.clone), "main", self.git("rev-parse", base), Elsewhere(), at)

    def prepared(self, *patches: ConfigPatch, at: datetime = NOW, base: str = "main",
                 health: Health | None = None, branch: str = "main") -> Prepared:  # fmt: skip
        """What promobot decides on these patches."""
        return prepare(replace(self.state(at, base), branch=branch), Intake(patches, health=health), None, at)

    def propose(self, *patches: ConfigPatch, at: datetime = NOW, base: str = "main", **more: Any) -> Proposed:
        """Commit the proposal to its branch, as a run of promobot does."""
        return self.publish(self.prepared(*patches, at=at, base=base, **more), at, base)

    def wish(self, wish: Wish, at: datetime = NOW) -> Proposed:
        """The same for a person's wish."""
        return self.publish(prepare_wish(self.state(at), wish, at), at)

    def publish(self, prepared: Prepared, at: datetime = NOW, base: str = "main") -> Proposed:
        """The branch with one commit on the base."""
        made = prepared.proposed
        assert made is not None, "nothing is proposed"
        repository = Repository(self.space.clone)
        publisher = GitPublisher(repository, Branches(repository, Base("main", None)))
        commit = self.git("rev-parse", base)
        message = made.message(overrides_blobs(repository, self.state(at, base), made), None)
        publisher.publish(made.branch, commit, made.files, message, at)
        return made

    def edit(self, head: str, change: Callable[[Path], object], *, amend: bool = True) -> None:
        """Change the head's checkout by hand and commit it: into the bot's own commit, or as another behind it."""
        self.git("switch", "--quiet", head)
        change(self.space.clone)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", *(("--amend", "--no-edit") if amend else ("-m", "by hand")))
        self.git("switch", "--quiet", "main")

    def person(self, files: Mapping[str, str | bytes], name: str = "feature") -> str:
        """A person's branch from main with one commit."""
        self.git("switch", "--quiet", "--create", name, "main")
        self.space.write(files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "by hand")
        self.git("switch", "--quiet", "main")
        return name

    def land(self, head: str, how: str = "merge", when: datetime = NOW) -> None:
        """Merge into main as the forge does."""
        self.git("switch", "--quiet", "main")
        self.space.merge(head, how, when)

    def update(self, head: str) -> None:
        """The forge's "Update branch" button."""
        self.git("switch", "--quiet", head)
        self.git("merge", "--quiet", "--no-ff", "--no-edit", "main")
        self.git("switch", "--quiet", "main")

    def press_revert(self, landing: str = "main", name: str = "revert-1") -> str:
        """The forge's Revert button on a landing: its branch."""
        self.git("switch", "--quiet", "--create", name, "main")
        merge = ("-m", "1") if len(self.git("log", "-1", "--format=%P", landing).split()) > 1 else ()
        self.git("revert", "--no-edit", *merge, landing)
        self.git("switch", "--quiet", "main")
        return name

    def refuse(self, key: str, at: datetime) -> None:
        """A refusal on the ledger's branch, as `promobot reject` writes it."""
        content = json.dumps({"key": key, "at": at.isoformat()})
        self.git("switch", "--quiet", "--orphan", LEDGER)
        self.space.write({f"refusals/{key}.json": content})
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", "ledger")
        self.git("switch", "--quiet", "main")

    def check(self, head: str, base: str = "main", *, now: datetime = NOW, **more: Any) -> Verdict:
        """`promobot check` in this process."""
        clone = str(self.space.clone)
        return answer(Request(base, head, more.pop("branch", "main"), repo=clone, now=now.isoformat(), **more))

    def codes(self, head: str, base: str = "main", **more: Any) -> set[str]:
        """The codes of the violations."""
        return {one.code for one in self.check(head, base, **more).violations}


def _named(path: str) -> str:
    return {POLICY: "policy", CONFIG: "config", AUTO: "overrides"}[path]


def lever(new: float = 1.75, **given: Any) -> ConfigPatch:
    """The patch of most cases: leverage 1.5 -> 1.75, which the policy applies automatically."""
    return built(LEVERAGE, new, **{"id": "p-lever", **given})


def replaced(path: str, *pairs: tuple[str, str]) -> Callable[[Path], object]:
    """An edit of one file: each text must stand there and gives way to the other."""

    def change(root: Path) -> None:
        place = next(iter(sorted(root.glob(path))))
        text = place.read_bytes().decode()
        for old, new in pairs:
            assert old in text, f"{old!r} does not stand in {path}"
            text = text.replace(old, new)
        place.write_bytes(text.encode())

    return change


def written(path: str, text: str | bytes) -> Callable[[Path], object]:
    """A file written whole."""

    def change(root: Path) -> None:
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    return change
