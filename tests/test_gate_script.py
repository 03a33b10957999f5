"""The check action's free.sh: what it passes, `promobot check` passes, with the same words; every doubt it leaves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from promobot.core.gate.protected import ATTRIBUTES, DEFAULTS, FOLDER, OTHERS, POLICY
from tests.support.fake_github.git import clean_env
from tests.support.gate import AUTO, CONFIG, ROOMY, Gate, lever, written
from tests.usecases.test_check_tampering_files import BENT
from tests.usecases.test_check_tampering_history import WRONG, Setup

SCRIPT = Path(__file__).parents[1] / ".github" / "actions" / "check" / "free.sh"
ORDINARY = {"src/app.py": "print(2)\n", "README.md": "# Read\n", "docs/guide.md": "x\n", "config/other.yaml": "a: 1\n"}
POLICIES = {
    "plain": ROOMY,
    "its defaults written down": f'{ROOMY}[paths] # where\nexports = "in"\nreports = "reports/live_promotion"\n',
    "of its own": f'{ROOMY}[paths]\n\n  base_config="settings/live.toml" # ours\n# paths\n[blacklist]\ntags = []\n',
}
ODD_POLICIES = {
    "spaced": f'{ROOMY}[ paths ]\nbase_config = "settings/live.toml"\n',
    "quoted": f'{ROOMY}["paths"]\nbase_config = "settings/live.toml"\n',
    "escaped": f'{ROOMY}["\\u0070aths"]\nbase_config = "settings/live.toml"\n',
    "dotted": f'paths.base_config = "settings/live.toml"\n{ROOMY}',
    "inline": f'paths = {{base_config = "settings/live.toml"}}\n{ROOMY}',
    "literal": f"{ROOMY}[paths]\nbase_config = 'settings/live.toml'\n",
    "in a long string": f'{ROOMY}note = """\n[paths]\n"""\n',
    "escaped within": f'{ROOMY}[paths]\nbase_config = "settings/\\u006cive.toml"\n',
    "large letters": f'{ROOMY}[paths]\nbase_config = "Settings/live.toml"\n',
    "no plain name": f'{ROOMY}[paths]\nbase_config = "settings./live.toml"\n',
    "umlaut": f'{ROOMY}[paths]\nbase_config = "settings/lïve.toml"\n',
    "a quoted key": f'{ROOMY}[paths]\n"base_config" = "settings/live.toml"\n',
    "tab": f'{ROOMY}[paths]\nbase_config\t= "settings/live.toml"\n',
    "CRLF": f'{ROOMY}[paths]\nbase_config = "settings/live.toml"\n'.replace("\n", "\r\n"),
    "something behind": f'{ROOMY}[paths]\nbase_config = "settings/live.toml" x\n',
}


def run(gate: Gate, head: str, base: str = "main", *, shell: str = "sh", **given: str) -> tuple[bool, str, str]:
    """Whether it answered, what it printed, and what it wrote into the job's summary."""
    scratch = gate.space.folder / "runner"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    commits = {name: gate.git("rev-parse", f"{rev}^{{commit}}") for name, rev in (("BASE", base), ("HEAD", head))}
    step = {"GROUP": "", "REPO": ".", "FORMAT": "text", "RUNNER_TEMP": str(scratch)}
    files = {"GITHUB_OUTPUT": str(scratch / "outputs"), "GITHUB_STEP_SUMMARY": str(scratch / "summary")}
    done = subprocess.run(
        [*shell.split(), str(SCRIPT)], cwd=gate.space.clone, env=clean_env({**step, **files, **commits, **given}),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    summary = scratch / "summary"
    said = (scratch / "outputs").read_text()
    assert said in ("answered=true\n", "answered=false\n")
    return said == "answered=true\n", done.stdout, summary.read_text() if summary.exists() else ""


def free(gate: Gate, head: str, base: str = "main", **given: str) -> bool:
    """Whether it passes the head; if so, promobot must."""
    answered, out, _ = run(gate, head, base, **given)
    if answered:
        assert gate.check(head, base).ok, "promobot check refuses what the script passes"
        assert out.startswith("ok: may be merged\n")
    else:
        assert out == "Plain git cannot tell; promobot is asked.\n"
    return answered


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate.at(tmp_path)


@pytest.mark.parametrize("shell", ["sh", "bash --posix"])
def test_an_ordinary_pull_request_passes_with_the_words_of_promobot_check(gate: Gate, shell: str) -> None:
    head = gate.person(ORDINARY)
    asked = gate.space.folder / "asked"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(asked)}
    ran = gate.space.promobot("check", "--base", "main", "--head", head, env=env)
    answered, out, summary = run(gate, head, shell=shell)
    assert (answered, out) == (True, ran.out)
    # A number in a commit's id stands in a code span there.
    assert summary == asked.read_text().replace("`", "")


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_the_policys_own_paths_are_protected_beside_the_defaults(tmp_path: Path, policy: str) -> None:
    gate = Gate.at(tmp_path, policy=policy)
    gate.on_main({"settings/live.toml": "a = 1\n"})
    assert free(gate, gate.person(ORDINARY))
    owned = "settings/live.toml" in policy
    assert free(gate, gate.person({"settings/live.toml": "a = 2\n"}, "same")) is not owned
    assert free(gate, gate.person({"settings/Live.TOML": "a = 2\n"}, "twin")) is not owned
    assert free(gate, gate.person({"settings/live.toml.orig": "", "in/x.json": ""}, "beside"))
    assert not free(gate, gate.person({CONFIG: "a = 3\n"}, "default"))


@pytest.mark.parametrize("policy", ODD_POLICIES.values(), ids=ODD_POLICIES)
def test_a_policy_that_is_not_plain_is_left_to_promobot(tmp_path: Path, policy: str) -> None:
    gate = Gate.at(tmp_path, policy=policy)
    gate.on_main({"settings/live.toml": "a = 1\n"})
    assert not free(gate, gate.person(ORDINARY))
    assert not free(gate, gate.person({"settings/live.toml": "a = 2\n"}, "same"))


def test_without_a_policy_promobot_is_asked(gate: Gate) -> None:
    gate.git("rm", "-q", POLICY)
    gate.git("commit", "-qm", "gone")
    assert not free(gate, gate.person(ORDINARY))


PLACES = (*DEFAULTS.values(), POLICY, *sorted(OTHERS), f"{FOLDER}/workflows/x.yml", f"{DEFAULTS['reports']}/x/y.json",
          ATTRIBUTES, f"src/{ATTRIBUTES}", FOLDER, "config", "config/live_overrides", "reports",
          f"{AUTO}/x", f"{POLICY}/x")  # fmt: skip


def spelt(path: str) -> list[str]:
    """A protected path, and what some file system would take for it."""
    return [path, path.upper(), path.replace("o", "O", 1), f"{path}.", path.replace("/", "./"), f"{path} ",
            path.replace("i", "\u0131", 1).replace("o", "\u03bf", 1), f"{path}::$DATA", path.replace("t", "\u200bt", 1),
            path.replace("/", "\\"), path.replace("f", "ﬀ", 1)]  # fmt: skip


def heads(gate: Gate, paths: list[str]) -> dict[str, str]:
    """Path -> a commit on main that sets nothing else, whatever stood in its way."""
    stream = []
    for mark, path in enumerate(paths, start=1):
        quoted = '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
        stream.append(f"commit refs/heads/p{mark}\ncommitter A <a@example.invalid> 1767225600 +0000\ndata 0\n")
        stream.append(f"from refs/heads/main^0\nM 100644 inline {quoted}\ndata 2\nx\n\n")
    command = ["git", "fast-import", "--quiet", "--force"]
    subprocess.run(command, cwd=gate.space.clone, env=clean_env(), input="".join(stream).encode(), check=True)
    return {path: f"p{mark}" for mark, path in enumerate(paths, start=1)}


def test_no_spelling_of_a_protected_path_passes(gate: Gate) -> None:
    paths = list(dict.fromkeys(spelling for path in PLACES for spelling in spelt(path)))
    passed = [path for path, head in heads(gate, paths).items() if free(gate, head)]
    # Some of them hold a letter that merely looks alike; of other alphabets the script is no judge.
    assert passed == []


def test_plain_names_near_protected_ones_pass(gate: Gate) -> None:
    near = ["config/config.toml.bak", "xconfig/config.toml", "src/config/config.toml", "reports/live_promotion2/x",
            "reports/other/live_promotion", ".githubx/y", "src/.github/x", "docs/codeowners.md", "src/CODEOWNERS",
            "config/promobot.tomlx", ".gitattributesx", "x.gitattributes", "src/gitattributes",
            "a/.mailmap"]  # fmt: skip
    found = {path: free(gate, head) for path, head in heads(gate, near).items()}
    assert found == dict.fromkeys(near, True)


def bent(gate: Gate, change: Callable[[Path], object], on: str) -> str | None:
    """A branch with one more commit on `on`; None where there is nothing to bend."""
    gate.git("switch", "--quiet", "--force", "--create", f"case-{uuid4().hex}", on)
    try:
        change(gate.space.clone)
    except (OSError, StopIteration, AssertionError):
        return None
    gate.git("add", "--all")
    gate.git("commit", "--quiet", "--allow-empty", "--message", "bent")
    return gate.git("rev-parse", "HEAD")


def test_no_tampering_passes(gate: Gate) -> None:
    """Each with the proposal that it bends, and alone."""
    proposal = gate.propose(lever()).branch
    for story, (change, _) in BENT.items():
        head = bent(gate, change, proposal)
        assert head is not None, story
        assert not free(gate, head), story
        alone = bent(gate, change, "main")
        gate.git("clean", "-fdq")
        if alone is not None and free(gate, alone):
            assert story in ("a source file", "a new file anywhere", "the value is not written"), story


@pytest.mark.parametrize("setup", [setup for setup, _ in WRONG.values()], ids=WRONG)
def test_nothing_passes_that_history_forbids(gate: Gate, setup: Setup) -> None:
    assert not free(gate, setup(gate))


def test_a_base_that_has_moved_on_is_merged(gate: Gate) -> None:
    gate.on_main({"src/a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n"})
    head = gate.person({"src/a.txt": "1\n2\n3\n4\n5\n6\n7\n9\n"})
    gate.on_main({"src/a.txt": "0\n2\n3\n4\n5\n6\n7\n8\n", CONFIG: "a = 1\n"})
    before = sorted(path.name for path in (gate.space.clone / ".git").rglob("*"))
    assert free(gate, head), "what the base changed is not the head's"
    assert sorted(path.name for path in (gate.space.clone / ".git").rglob("*")) == before
    gate.on_main({"src/a.txt": "0\n2\n3\n4\n5\n6\n7\n0\n"})
    assert not free(gate, head), "a conflict is told by promobot"


def test_what_the_base_renamed_carries_a_change_to_a_protected_path(gate: Gate) -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(40))
    gate.on_main({"src/settings.toml": text})
    head = gate.person({"src/settings.toml": text + "more = 1\n"})
    gate.git("rm", "-q", CONFIG)
    gate.git("mv", "src/settings.toml", CONFIG)
    gate.git("commit", "-qm", "moved")
    assert gate.check(head).violations
    assert not free(gate, head)


def test_a_long_and_a_merged_way_forward(gate: Gate) -> None:
    head = gate.person(ORDINARY)
    for number in range(12):
        gate.edit(head, written(f"src/{number}.py", "x"), amend=False)
    assert free(gate, head)
    gate.on_main({CONFIG: "a = 1\n"})
    gate.update(head)
    assert free(gate, head)
    gate.edit(head, written(CONFIG, "a = 2\n"), amend=False)
    assert not free(gate, head)


def test_what_is_in_the_base_already_changes_nothing(gate: Gate) -> None:
    assert free(gate, "main")
    old = gate.git("rev-parse", "main")
    gate.on_main(ORDINARY)
    assert free(gate, old)


def test_nobodys_settings_have_a_word(gate: Gate) -> None:
    """Of the clone, its user, the head: attributes, drivers, replaced objects, submodules to be ignored."""
    gate.on_main({"src/a.txt": "1\n2\n3\n", ".gitmodules": '[submodule "x"]\npath = reports\nignore = all\n'})
    head = gate.person({"src/a.txt": "1\n2\n4\n"})
    gate.on_main({"src/a.txt": "1\n2\n5\n"})
    home = gate.space.folder / "home"
    for place in (gate.space.clone / ".git/info/attributes", home / ".config/git/attributes"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("* merge=union\n")
    gate.git("config", "merge.default", "union")
    (home / "settings").write_text("[merge]\n\tdefault = union\n")
    given = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / "settings")}
    assert not free(gate, head, **given), "a union merge would hide the conflict"
    good, bad = gate.person(ORDINARY, "good"), gate.person({CONFIG: "a = 9\n"}, "bad")
    gate.git("replace", gate.git("rev-parse", bad), gate.git("rev-parse", good))
    assert not free(gate, bad)
    gate.git("config", "submodule.x.ignore", "all")
    gate.git("config", "diff.ignoreSubmodules", "all")
    gate.git("read-tree", "main")
    gate.git("update-index", "--add", "--cacheinfo", f"160000,{gate.git('rev-parse', 'main')},reports")
    link = gate.git("commit-tree", gate.git("write-tree"), "-p", "main", "-m", "a submodule")
    assert gate.git("diff-tree", "-r", "main", link) == "", "git itself looks away"
    assert not free(gate, link)


def test_the_users_attributes_have_no_word_in_promobots_merge_either(gate: Gate) -> None:
    gate.on_main({"src/a.txt": "1\n2\n3\n"})
    head = gate.person({"src/a.txt": "1\n2\n4\n"})
    gate.on_main({"src/a.txt": "1\n2\n5\n"})
    place = gate.space.folder / "home/.config/git/attributes"
    place.parent.mkdir(parents=True)
    place.write_text("* merge=union\n")
    ran = gate.space.promobot("check", "--base", "main", "--head", head, env={"HOME": str(place.parents[2])})
    assert "conflict: " in ran.out


def test_a_tree_that_no_git_would_write_is_left(gate: Gate) -> None:
    """A name that stands twice: a merge would mend it, and show nothing of the other folder."""
    rows = [row.split() for row in gate.git("ls-tree", "main").splitlines()]
    evil = gate.git("rev-parse", f"{gate.person({CONFIG: 'a = 9', AUTO: '', POLICY: ''})}:config")
    parts = [(mode, name, sha) for mode, _, sha, name in rows]
    first = next(place for place, part in enumerate(parts) if part[1] == "config")
    parts.insert(first, ("040000", "config", evil))
    data = b"".join(f"{mode.lstrip('0')} {name}\0".encode() + bytes.fromhex(sha) for mode, name, sha in parts)
    command = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    done = subprocess.run(command, cwd=gate.space.clone, env=clean_env(), input=data, capture_output=True, check=True)
    commit = gate.git("commit-tree", done.stdout.decode().strip(), "-p", "main", "-m", "twice")
    # So far behind the base that the script does not see it among the nearest parents.
    for number in range(12):
        commit = gate.git("commit-tree", f"{commit}^{{tree}}", "-p", commit, "-m", str(number))
    assert gate.check(commit).violations
    assert not free(gate, commit)


@pytest.mark.parametrize(
    "given",
    [{"GROUP": "yes"}, {"FORMAT": "json"}, {"BASE": "main"}, {"HEAD": ""}, {"HEAD": "0" * 40}, {"BASE": "--help"},
     {"REPO": "src"}, {"REPO": "nowhere"}],
    ids=str,
)  # fmt: skip
def test_what_it_is_not_made_for_is_left(gate: Gate, given: dict[str, str]) -> None:
    assert not free(gate, gate.person(ORDINARY), **given)


def test_a_shallow_clone_and_unrelated_histories_are_left(gate: Gate) -> None:
    head = gate.person(ORDINARY)
    gate.git("switch", "-q", "--orphan", "other")
    gate.space.write({"src/x.py": ""})
    gate.git("add", "src")
    gate.git("commit", "-qm", "other")
    assert not free(gate, "other")
    (gate.space.clone / ".git/shallow").write_text(f"{gate.git('rev-parse', 'main')}\n")
    assert not run(gate, head)[0]


def test_many_paths_cost_little(gate: Gate) -> None:
    assert free(gate, gate.person({f"src/folder_{n % 40}/Module{n}.py": "x" for n in range(3000)}))
