"""What the gate costs, beside what nobody can do without: `python tests/benchmarks/bench_check.py`.

In a repository of 10,000 commits, tidied by `git gc`, a proposal of three patches and an ordinary pull request are
judged, each as it was made on the tip of the base and after the base has moved on. Yardsticks of the same run:
`python -c "import pydantic, tomlkit, git"` and `git diff --stat base...head` of the same range. Every figure is the
median of several runs, taken in turn, so that a machine that is busy for a while slows them all; CPU time is user and
system of the process and of all that it started. Exit code 1 where a limit is passed, by CPU or by wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / ".github" / "actions" / "check"
IMPORTS = "import pydantic, tomlkit, git"
FREE, PROPOSAL = "ordinary pull request", "proposal of three patches"
START, NOW = 1_700_000_000, "2026-11-22T12:00:00+00:00"
MOVED_ON = 25
"""Commits by which the base has moved on, where it has."""

POLICY = """\
version = 1
mode = "bounded_auto"

[paths]
exports = "reports/learning_snippets"
reports = "reports/live_promotion"
live_overrides = "config/live_overrides/auto.toml"
base_config = "config/config.toml"

[[eligibility]]
targets = ["*"]

[auto_apply]
max_per_day = 10
"""
CONFIG = "".join(
    f"[{section}]\n{''.join(f'{name} = {value}{chr(10)}' for name, value in values.items())}"
    for section, values in {
        "portfolio": {"leverage": 1.5, "cash": 0.1},
        "strategy": {"trigger_delay": 10.0, "lookback": 20},
        "macro": {"regime_weight": 0.25, "tilt": 0.3},
    }.items()
)
NEW_VALUES = {"portfolio.leverage": 1.75, "strategy.trigger_delay": 9.0, "macro.tilt": 0.25}


class Cost(NamedTuple):
    """Seconds."""

    cpu: float
    wall: float


class Case(NamedTuple):
    """What is judged: two revisions, and the limit in imports and in `git diff --stat`s."""

    name: str
    base: str
    head: str
    imports: int
    diffs: int


def module(number: int, version: int = 0) -> str:
    """A file of the code; its versions differ in a few lines, here and there."""
    lines = [f"def function_{line}(x: float) -> float:\n    return x * {number + line}.0\n\n" for line in range(50)]
    for place in range(version % 7, 50, 15) if version else ():
        lines[place] = f"def function_{place}(x: float, y: float) -> float:\n    return x * y * {version}.0\n\n"
    return "".join(lines)


def path_of(number: int) -> str:
    """Where the code's file of a number lies."""
    return f"src/part_{number % 50}/module_{number}.py"


def files(count: int) -> dict[str, str]:
    """A repository of a team: code, and what promobot reads."""
    return {path_of(n): module(n) for n in range(count)} | {
        "README.md": "# A live system\n",
        "config/promobot.toml": POLICY,
        "config/config.toml": CONFIG,
        "config/live_overrides/auto.toml": "[auto_applied]\n",
        "reports/live_promotion/.gitkeep": "",
    }


def commit(ref: str, when: int, changed: Mapping[str, str], parents: Sequence[str] = (), mark: int = 1) -> str:
    """A commit for git fast-import. `when` is in epoch seconds; the first of `parents` is the tree's."""
    lines = [f"commit {ref}\nmark :{mark}\ncommitter A Person <person@example.invalid> {when} +0000\n"]
    lines += ["data 7\nChange\n", *(f"{word} {name}\n" for word, name in zip(("from", "merge"), parents, strict=False))]
    lines += [f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in changed.items()]
    return "".join(lines)


def changed_by(number: int, count: int) -> int:
    """Which file of the code the commit of a number changes."""
    return number * 7 % count


def stream(commits: int, count: int) -> Iterator[str]:
    """For git fast-import: a line of commits, each of which changes a file of the code; every 40th merges another."""
    yield commit("refs/heads/main", START, files(count))
    for number in range(1, commits):
        parents = [number - 1, number] if number > 2 and number % 40 == 0 else [number]
        changed = {path_of(changed_by(number, count)): module(changed_by(number, count), number)}
        yield commit("refs/heads/main", START + 600 * number, changed, [f":{one}" for one in parents], number + 1)


def git(repository: Path, *words: str, stdin: str | None = None) -> str:
    """Run git as nobody in particular."""
    done = subprocess.run(
        ["git", *words], cwd=repository, env=surroundings(), input=stdin, text=True, capture_output=True, check=True
    )
    return done.stdout.strip()


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every command: nobody's settings, and none of GitHub Actions."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    person = {f"GIT_{who}_{what}": f"person{'@example.invalid' * (what == 'EMAIL')}"
              for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}  # fmt: skip
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "HOME": "/nonexistent"}
    return {**kept, **person, **nobody, "PYTHONPATH": str(ROOT), **(more or {})}


def built(folder: Path, commits: int, count: int) -> tuple[Path, list[Case]]:
    """The repository, and what is to be judged in it."""
    repository = folder / "repository"
    git(folder, "init", "--quiet", "--initial-branch=main", str(repository))
    git(repository, "fast-import", "--quiet", stdin="".join(stream(commits, count)))
    git(repository, "branch", "older", f"main~{MOVED_ON}")
    git(repository, "read-tree", "main")
    git(repository, "gc", "--quiet")
    cases = [
        Case(f"{name}, base moved on by {MOVED_ON}" if base == "older" else name, "main", head, imports, 3)
        for base in ("main", "older")
        for name, head, imports in (
            (FREE, ordinary(repository, base, commits, count), 0),
            (PROPOSAL, proposed(folder, repository, base), 2),
        )
    ]
    return repository, cases


def ordinary(repository: Path, base: str, commits: int, count: int) -> str:
    """A commit that changes twelve files of the code, which the base's newest commits leave alone."""
    when = int(git(repository, "log", "-1", "--format=%ct", base)) + 300
    newest = {changed_by(number, count) for number in range(commits - MOVED_ON, commits)}
    changed = {path_of(n): module(n, 1_000_000 + n) for n in [n for n in range(count) if n not in newest][:12]}
    git(repository, "fast-import", "--quiet", stdin=commit(f"refs/heads/feature-{base}", when, changed, [f"{base}^0"]))
    return git(repository, "rev-parse", f"feature-{base}")


def proposed(folder: Path, repository: Path, base: str) -> str:
    """What promobot itself proposes on a base."""
    patches = [
        {"id": f"p-{target}", "target": target, "new_value": value, "status": "APPLIED_OFFLINE",
         "confidence_score": 0.9}
        for target, value in NEW_VALUES.items()
    ]  # fmt: skip
    export = folder / "export.json"
    export.write_text(json.dumps(patches), encoding="utf-8")
    tip = git(repository, "rev-parse", "main")
    git(repository, "update-ref", "refs/heads/main", base)
    words = ["propose", str(export), "--repo", str(repository), "--base", "main", "--forge", "none", "--now", NOW]
    done = subprocess.run(
        [sys.executable, "-m", "promobot", *words, "--format", "json"],
        cwd=folder, env=surroundings(), text=True, capture_output=True, check=False,
    )  # fmt: skip
    git(repository, "update-ref", "refs/heads/main", tip)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert len(result["overrides"]) == len(NEW_VALUES), done.stdout
    git(repository, "branch", "--move", "--force", result["branch"], f"proposal-{base}")
    return str(result["commit"])


def commands(repository: Path, case: Case, scratch: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """What is timed for a case, each with its environment: `diff`, and `judged` or `by itself`."""
    python = [sys.executable, "-m", "promobot", "check", "--repo", str(repository), "--now", NOW, "--branch", "main"]
    by_itself = [*python, "--base", case.base, "--head", case.head], surroundings()
    diff = ["git", "-C", str(repository), "diff", "--stat", f"{case.base}...{case.head}"], surroundings()
    if case.imports:
        return {"diff": diff, "judged": by_itself}
    base = git(repository, "rev-parse", case.base)
    step = {"BASE": base, "HEAD": case.head, "GROUP": "", "REPO": str(repository), "FORMAT": "text",
            "RUNNER_TEMP": str(scratch), "GITHUB_OUTPUT": str(scratch / "outputs")}  # fmt: skip
    return {"diff": diff, "judged": (["sh", str(ACTION / "free.sh")], surroundings(step)), "by itself": by_itself}


def cost(command: Sequence[str], environment: Mapping[str, str], repository: Path) -> Cost:
    """Run once. Whatever is timed must have said that it is well."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
    if "check" in command or command[-1].endswith("free.sh"):
        assert done.stdout.startswith("ok: may be merged\n"), f"{' '.join(command)}: {done.stdout}{done.stderr}"
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def median(costs: Sequence[Cost]) -> Cost:
    """Of each of the two by itself."""
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def measured(repository: Path, case: Case, scratch: Path, runs: int) -> dict[str, Cost]:
    """The medians of a case, by name. The first round, which fills caches, does not count."""
    timed = commands(repository, case, scratch)
    timed["imports"] = [sys.executable, "-c", IMPORTS], surroundings()
    found: dict[str, list[Cost]] = {name: [] for name in timed}
    for number in range(runs + 1):
        for name, (command, environment) in timed.items():
            one = cost(command, environment, repository)
            if number:
                found[name].append(one)
    return {name: median(costs) for name, costs in found.items()}


def told(case: Case, costs: Mapping[str, Cost]) -> bool:
    """Print a case; whether it keeps its limit."""
    judged, imports, diff = costs["judged"], costs["imports"], costs["diff"]
    limit = Cost(*(case.imports * i + case.diffs * d for i, d in zip(imports, diff, strict=True)))
    rule = " + ".join(f"{count} x {name}" for count, name in ((case.imports, "imports"), (case.diffs, "diff")) if count)
    print(f"{case.name}; limit {rule}")  # noqa: T201
    rows = {"imports": imports, "git diff --stat": diff, "limit": limit, "check": judged}
    if "by itself" in costs:
        rows["promobot check by itself (no limit)"] = costs["by itself"]
    for name, one in rows.items():
        print(f"  {name:<36} cpu {one.cpu * 1000:7.1f} ms   wall {one.wall * 1000:7.1f} ms")  # noqa: T201
    ratio = Cost(*(mine / most for mine, most in zip(judged, limit, strict=True)))
    kept = max(ratio) <= 1
    verdict = "ok" if kept else "EXCEEDED"
    print(f"  {'of the limit':<36} cpu {ratio.cpu:7.2f}      wall {ratio.wall:7.2f}      {verdict}")  # noqa: T201
    return kept


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, measure, print; 1 where a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--commits", type=int, default=10_000, help="of the repository (default: 10000)")
    parser.add_argument("--files", type=int, default=1_000, help="of its code (default: 1000)")
    parser.add_argument("--runs", type=int, default=11, help="that each median is of (default: 11)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="promobot-bench-") as scratch:
        repository, cases = built(Path(scratch), given.commits, given.files)
        print(f"{given.commits} commits, {given.files} files; medians of {given.runs} runs")  # noqa: T201
        kept = [told(case, measured(repository, case, Path(scratch), given.runs)) for case in cases]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
