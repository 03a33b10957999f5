"""A forge for one test: an origin behind git's HTTP server, the API emulator beside it, and `act` to run on them."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.act import SELF_COMMIT, SELF_REPOSITORY, ActRun, for_act, run_workflow
from tests.support.act_stubs import APP_TOKEN, stub_actions
from tests.support.emulator import Emulator, running_emulator, seed
from tests.support.fake_github.git import clean_env
from tests.support.git_http import GitHttpServer
from tests.support.mirror import Mirror

ROOT = Path(__file__).parents[2]
REPOSITORY = "acme/live"
TOKEN = "token-of-the-job"
WORKFLOW = ".github/workflows/promote.yml"


@dataclass
class Forge:
    """One repository, as its users and its runners see it. `folder` holds everything that a test leaves behind."""

    folder: Path
    bare: Path
    emulator: Emulator
    server: GitHttpServer
    secrets: Mapping[str, str]
    artifacts_expire: bool = False

    def commit(self, files: Mapping[str, str], message: str) -> str:
        """Add `files` (path -> text) to main by a person's push, past the counters. Answers the commit."""
        work = self.folder / "person"
        if not work.exists():
            git(self.folder, "clone", "--quiet", str(self.bare), str(work))
        git(work, "pull", "--quiet", "--ff-only")
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text, encoding="utf-8")
        git(work, "add", "--all")
        git(work, "commit", "--quiet", "--message", message)
        git(work, "push", "--quiet", "origin", "main")
        return git(work, "rev-parse", "HEAD").strip()

    def run(
        self,
        event: str,
        payload: Mapping[str, object] | None = None,
        *,
        workflow: str = WORKFLOW,
        env: Mapping[str, str] | None = None,
    ) -> ActRun:
        """Run a workflow for `event`, in a fresh clone as a runner would have it; `env` is every step's, as well."""
        checkout = self.folder / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        git(self.folder, "clone", "--quiet", str(self.bare), str(checkout))
        git(checkout, "remote", "set-url", "origin", self.server.url(REPOSITORY))
        host = self.server.url(REPOSITORY).removesuffix(f"/{REPOSITORY}.git")
        owner, _, name = REPOSITORY.partition("/")
        about = {"default_branch": "main", "full_name": REPOSITORY, "name": name, "owner": {"login": owner}}
        return run_workflow(
            checkout,
            event=event,
            workflow=workflow,
            home=self.folder / "runner",
            payload={"repository": about, **(payload or {})},
            env={
                "GITHUB_API_URL": self.emulator.url,
                "GITHUB_SERVER_URL": host,
                "GITHUB_REPOSITORY": REPOSITORY,
                **(env or {}),
            },
            secrets=self.secrets,
            local_actions={
                **stub_actions(self.folder / "stubs", artifacts_expire=self.artifacts_expire),
                f"{SELF_REPOSITORY}@{SELF_COMMIT}": self.folder / "promobot",
            },
        )

    def branches(self) -> dict[str, str]:
        """Branch -> commit of the origin."""
        lines = git(self.bare, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
        return dict(line.split(" ") for line in lines)

    def proposals(self) -> dict[str, str]:
        """The branches that promobot made for proposals."""
        return {name: commit for name, commit in self.branches().items() if name.startswith("promobot/")}

    def artifact(self, commit: str, name: str) -> str:
        """The text of one artifact that a proposal's commit adds."""
        added = git(self.bare, "diff", "--name-only", "--diff-filter=A", f"{commit}^", commit).splitlines()
        (path,) = [path for path in added if path.endswith(f"/{name}")]
        return git(self.bare, "show", f"{commit}:{path}")

    def pull_requests(self) -> list[dict[str, Any]]:
        """Every pull request there ever was, by the API."""
        found: list[dict[str, Any]] = self.emulator.call("GET", f"/repos/{REPOSITORY}/pulls?state=all", TOKEN)
        return found


@contextmanager
def running_forge(
    folder: Path, *, files: Mapping[str, str] | None = None, secrets: Mapping[str, str] | None = None
) -> Iterator[Forge]:
    """A forge whose main is this repository's own example: its config, its exports, its workflow; and `files`.

    `secrets` are the repository's beside GITHUB_TOKEN. Git wants a token for reading too, as for a private repository.
    """
    work, bare = folder / "example", folder / "forge" / f"{REPOSITORY}.git"
    bare.parent.mkdir(parents=True)
    for part in ("config", "reports/learning_snippets"):
        shutil.copytree(ROOT / part, work / part)
    (work / WORKFLOW).parent.mkdir(parents=True)
    (work / WORKFLOW).write_text(for_act((ROOT / WORKFLOW).read_text(encoding="utf-8")), encoding="utf-8")
    for path, text in (files or {}).items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(text, encoding="utf-8")
    git(work, "init", "--quiet", "--initial-branch=main")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", "The example")
    git(folder, "clone", "--quiet", "--bare", str(work), str(bare))
    _copy_action(folder / "promobot")
    # Where there is an App git takes the App's token alone, so that the job's would be noticed.
    server = GitHttpServer(folder / "forge", credentials={"x-access-token": APP_TOKEN if secrets else TOKEN})
    with ExitStack() as stack:
        stack.enter_context(server)
        first_state = seed(repositories=[REPOSITORY], tokens={TOKEN: "acme", APP_TOKEN: "acme"})
        emulator = stack.enter_context(running_emulator(first_state, folder / "emulator"))
        Mirror(emulator, bare, REPOSITORY, TOKEN)
        yield Forge(folder, bare, emulator, server, {"GITHUB_TOKEN": TOKEN, **(secrets or {})})


def _copy_action(folder: Path) -> None:
    """What a runner downloads for `uses: .../.github/actions/propose`: this repository as it stands, and no .git."""
    for part in ("promobot", ".github/actions"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", folder)


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` as a person with a name and no configuration; answer its output, raise where it fails."""
    person = ("-c", "user.name=A Person", "-c", "user.email=person@example.com", "-c", "commit.gpgSign=false")
    command = ["git", *person, *arguments]
    done = subprocess.run(command, cwd=folder, env=clean_env(), capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, f"git {arguments[0]}: {done.stderr}"
    return done.stdout
