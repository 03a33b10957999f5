"""Signing what promobot commits: by git's own setting, checked by git itself, and never twice the same question."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from promobot.adapters.repository import Base, Repository
from promobot.adapters.repository.commits import write_commit
from promobot.adapters.repository.notes import NOTES, Notes
from promobot.core.ledger import LEDGER
from promobot.errors import RepositoryRefused
from tests.support.keys import make_ssh_key
from tests.support.workspace import NOW, Workspace, patch

REFUSED = "the commit cannot be written and signed, as commit.gpgsign = true with gpg.format = "


def set_up(space: Workspace, **settings: str) -> None:
    for name, value in settings.items():
        space.git("config", name.replace("_", "."), value)


@pytest.fixture
def signing(space: Workspace) -> Workspace:
    """A checkout whose git signs with an SSH key, and trusts it."""
    private, line = make_ssh_key(space.folder)
    trusted = space.folder / "allowed_signers"
    trusted.write_text(f"promobot@noreply.invalid {line}\n", encoding="ascii")
    set_up(space, commit_gpgsign="true", gpg_format="ssh", user_signingkey=str(private))
    set_up(space, gpg_ssh_allowedSignersFile=str(trusted))
    return space


def judged(space: Workspace, commit: str) -> str:
    """What git itself says of a commit's signature: G is good, N is none."""
    return space.git("log", "-1", "--format=%G?", commit)


def test_a_proposal_and_the_ledger_are_signed_and_a_second_run_writes_nothing(signing: Workspace) -> None:
    first = signing.proposed(patch("portfolio.leverage", 1.6))
    signing.git("fetch", "--quiet", "origin")
    assert judged(signing, first["commit"]) == "G"
    assert judged(signing, f"origin/{LEDGER}") == "G"
    assert signing.git("verify-commit", "--raw", first["commit"]) == "", (
        "git takes it without a word on standard output"
    )
    before = (signing.branches(), signing.git("rev-parse", f"refs/heads/{LEDGER}", at=signing.origin))
    again = signing.proposed(patch("portfolio.leverage", 1.6))
    assert (first["outcome"], again["outcome"], again["commit"]) == ("opened", "unchanged", first["commit"])
    assert (signing.branches(), signing.git("rev-parse", f"refs/heads/{LEDGER}", at=signing.origin)) == before


def test_a_signature_that_differs_each_time_changes_nothing_about_whose_it_is(space: Workspace) -> None:
    """An ECDSA signature is another one each time, so the same commit would get another id."""
    private, _ = make_ssh_key(space.folder, kind="ecdsa")
    set_up(space, commit_gpgsign="true", gpg_format="ssh", user_signingkey=str(private))
    repository = Repository(space.clone)
    tree, head = space.git("rev-parse", "HEAD^{tree}"), space.git("rev-parse", "HEAD")
    ids = {repository.commit(tree, head, "promote: a 1 -> 2\n", NOW) for _ in range(3)}
    assert len(ids) == 3, "otherwise this test shows nothing"
    first = space.proposed(patch("portfolio.leverage", 1.6))
    again = space.proposed(patch("portfolio.leverage", 1.6))
    assert (again["outcome"], again["commit"]) == ("unchanged", first["commit"])
    set_up(space, commit_gpgsign="false")
    assert space.proposed(patch("portfolio.leverage", 1.6))["outcome"] == "unchanged", "nor does none"


def test_a_signed_proposal_passes_the_gate(signing: Workspace) -> None:
    made = signing.proposed(patch("portfolio.leverage", 1.6))
    signing.git("fetch", "--quiet", "origin")
    head = f"origin/{made['branch']}"
    ran = signing.promobot(
        "check", "--base", "origin/main", "--head", head, "--format", "json", "--now", NOW.isoformat()
    )
    assert (ran.code, ran.json["violations"]) == (0, [])


@pytest.mark.parametrize("setting", ["", "false", "0", "no"])
def test_nothing_is_signed_that_git_is_not_told_to_sign(signing: Workspace, setting: str) -> None:
    signing.git("config", "--unset", "commit.gpgsign")
    if setting:
        set_up(signing, commit_gpgsign=setting)
    made = signing.proposed(patch("portfolio.leverage", 1.6))
    signing.git("fetch", "--quiet", "origin")
    assert judged(signing, made["commit"]) == judged(signing, f"origin/{LEDGER}") == "N"


@pytest.mark.parametrize("setting", ["yes", "1", "on"])
def test_every_spelling_of_true_counts_and_the_users_setting_does_too(space: Workspace, setting: str) -> None:
    private, _ = make_ssh_key(space.folder)
    user = space.folder / "gitconfig"
    user.write_text(f"[commit]\n\tgpgsign = {setting}\n[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {private}\n")
    ran = space.propose(space.export(patch("portfolio.leverage", 1.6)), env={"GIT_CONFIG_GLOBAL": str(user)})
    assert ran.code == 0, ran.err
    assert b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n" in raw(space, ran.json["commit"])


def raw(space: Workspace, commit: str) -> bytes:
    done = subprocess.run(["git", "cat-file", "commit", commit], cwd=space.clone, check=True, capture_output=True)
    return done.stdout


def test_the_notes_are_signed(signing: Workspace) -> None:
    head = signing.git("rev-parse", "HEAD")
    Notes(Repository(signing.clone), Base("main", "origin")).add({head: b"{}\n"}, NOW)
    signing.git("fetch", "--quiet", "origin", f"{NOTES}:{NOTES}")
    assert judged(signing, NOTES) == "G"


BROKEN = {
    "no key": {"user_signingkey": "/nonexistent/key"},
    "no program": {"gpg_ssh_program": "/nonexistent/ssh-keygen"},
}


@pytest.mark.parametrize("story", BROKEN)
def test_what_cannot_be_signed_is_refused_by_the_settings_name_and_nothing_is_written(
    signing: Workspace, story: str
) -> None:
    set_up(signing, **BROKEN[story])
    traces, branches = signing.traces(), signing.branches()
    ran = signing.propose(signing.export(patch("portfolio.leverage", 1.6)))
    assert ran.code == 4
    message = ran.json["error"]["message"]
    assert "commit.gpgsign" in message and "gpg." in message, message
    assert (signing.traces(), signing.branches(), signing.ledger()) == (traces, branches, {})


def test_a_refusal_says_what_to_do(signing: Workspace) -> None:
    set_up(signing, user_signingkey="/nonexistent/key")
    with pytest.raises(RepositoryRefused) as caught:
        Repository(signing.clone).commit(signing.git("rev-parse", "HEAD^{tree}"), "HEAD", "x", NOW)
    assert caught.value.message.startswith(f"{REFUSED}ssh asks for: git commit-tree: ")
    assert "/nonexistent/key" in caught.value.message
    assert caught.value.message.endswith(
        "; set user.signingkey to a key that can be used here without a passphrase being typed, or set "
        "commit.gpgsign = false"
    )


def test_a_commit_that_fails_without_a_key_does_not_speak_of_signing(space: Workspace) -> None:
    with pytest.raises(RepositoryRefused, match=r"^the commit cannot be written: git commit-tree: ") as caught:
        Repository(space.clone).commit("0" * 40, "HEAD", "x", NOW)
    assert "sign" not in caught.value.message


GPG = """\
#!/bin/sh
# As git asks gpg: --status-fd=2 -bsau KEY, the commit on standard input.
echo "$@" >{folder}/asked
cat >{folder}/payload
test "$3" = fail && {{ echo "gpg: no secret key" >&2; exit 2; }}
echo "[GNUPG:] SIG_CREATED D 22 8 00 1 ABC" >&2
printf -- '-----BEGIN PGP SIGNATURE-----\\n\\niQ==\\n-----END PGP SIGNATURE-----\\n'
"""


def with_gpg(space: Workspace, key: str) -> Path:
    program = space.folder / "gpg.sh"
    program.write_text(GPG.format(folder=space.folder))
    program.chmod(0o755)
    set_up(space, commit_gpgsign="true", gpg_program=str(program), user_signingkey=key)
    return space.folder


def test_gpg_signs_where_no_other_form_is_set(space: Workspace) -> None:
    folder = with_gpg(space, "KEY")
    repository = Repository(space.clone)
    commit = repository.commit(space.git("rev-parse", "HEAD^{tree}"), space.git("rev-parse", "HEAD"), "words\n", NOW)
    assert (folder / "asked").read_text().endswith("-bsau KEY\n")
    header, _, rest = raw(space, commit).partition(b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n")
    signed = header + rest[rest.index(b"\n\n") :]
    assert (folder / "payload").read_bytes() == signed
    assert signed.startswith(b"tree ") and signed.endswith(b"\n\nwords\n")


def test_gpg_that_cannot_is_told(space: Workspace) -> None:
    with_gpg(space, "fail")
    git = Repository(space.clone).git
    with pytest.raises(RepositoryRefused, match=r"gpg\.format = openpgp asks for: git commit-tree: "):
        write_commit(git, space.git("rev-parse", "HEAD^{tree}"), None, "words\n", NOW)
