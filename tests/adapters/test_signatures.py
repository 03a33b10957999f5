"""The signatures of real commits, by real keys, whatever this repository's own setting says of them."""

from __future__ import annotations

import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest

from promobot.adapters.repository import Repository, signatures, verifiers
from promobot.adapters.repository.signatures import read_signatures
from promobot.core.audit.signatures import Signature, State
from promobot.core.policy.audit import Audit
from promobot.core.policy.keys import fingerprint, ssh_blob
from promobot.errors import RepositoryRefused
from tests.support.fake_github.git import clean_env
from tests.support.keys import GPG_BLOCK, GPG_KEY, make_ssh_key
from tests.support.workspace import Workspace, make_workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path, remote=False, files={"a": "1"})


def signed(space: Workspace, private: Path, *words: str) -> str:
    """A commit signed by git itself."""
    key = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={private}")
    space.git(*key, *(words or ("commit", "--quiet", "--allow-empty", "-S", "-m", "signed")))
    return space.git("rev-parse", "HEAD")


def raw(space: Workspace, commit: str) -> bytes:
    # A workspace's git drops the last line break.
    return (space.git("cat-file", "commit", commit) + "\n").encode()


def write(space: Workspace, content: bytes) -> str:
    """An object of exactly this content."""
    file = space.folder / "object"
    file.write_bytes(content)
    return space.git("hash-object", "-t", "commit", "-w", "--literally", str(file))


def state(space: Workspace, commit: str, *keys: str) -> Signature:
    return read_signatures(Repository(space.clone), [commit], Audit(allowed_ssh_keys=keys))[commit]


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_signature_by_an_allowed_key_is_good_and_names_it(space: Workspace, tmp_path: Path, kind: str) -> None:
    private, key = make_ssh_key(tmp_path, kind=kind)
    _, other = make_ssh_key(tmp_path, "other")
    commit = signed(space, private)
    assert state(space, commit, other, key) == Signature(State.GOOD, fingerprint(ssh_blob(key)))


def test_a_key_that_is_not_allowed_is_named_and_unknown(space: Workspace, tmp_path: Path) -> None:
    private, key = make_ssh_key(tmp_path)
    _, other = make_ssh_key(tmp_path, "other")
    commit, unknown = signed(space, private), Signature(State.UNKNOWN_KEY, fingerprint(ssh_blob(key)))
    assert state(space, commit, other) == unknown
    assert state(space, commit) == unknown


def test_a_merge_with_a_signed_tag_is_unsigned_unless_it_is_signed_itself(space: Workspace, tmp_path: Path) -> None:
    private, key = make_ssh_key(tmp_path)
    space.git("switch", "--quiet", "--create", "side")
    space.git("commit", "--quiet", "--allow-empty", "-m", "side")
    signed(space, private, "tag", "-s", "-m", "a tag", "v1")
    space.git("switch", "--quiet", "main")
    space.git("merge", "--quiet", "--no-ff", "-m", "merge", "v1")
    plain = space.git("rev-parse", "HEAD")
    assert b"\nmergetag object " in raw(space, plain) and b"BEGIN SSH SIGNATURE" in raw(space, plain)
    assert state(space, plain, key) == Signature(State.UNSIGNED)
    space.git("reset", "--quiet", "--hard", "HEAD^")
    both = signed(space, private, "merge", "--quiet", "--no-ff", "-S", "-m", "merge", "v1")
    assert b"\nmergetag object " in raw(space, both)
    assert state(space, both, key).state is State.GOOD


TAMPERED: dict[str, Callable[[bytes], bytes]] = {
    "the message": lambda commit: commit.replace(b"signed", b"forged"),
    "the tree": lambda commit: b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904" + commit[45:],
    "the committer": lambda commit: commit.replace(b"committer A Person", b"committer B Person"),
    "a header more": lambda commit: commit.replace(b"\ngpgsig ", b"\ngpgsigned no\ngpgsig "),
    "a merged tag": lambda commit: commit.replace(b"\ngpgsig ", b"\nmergetag x\n y\ngpgsig "),
    "a line more": lambda commit: commit + b"and more\n",
}


@pytest.mark.parametrize("story", TAMPERED)
def test_a_signature_over_something_else_is_bad(space: Workspace, tmp_path: Path, story: str) -> None:
    private, key = make_ssh_key(tmp_path)
    before = raw(space, signed(space, private))
    after = TAMPERED[story](before)
    assert after != before
    commit = write(space, after)
    assert state(space, commit, key) == Signature(
        State.BAD, fingerprint(ssh_blob(key)), "it was made for another content"
    )


NO_SIGNATURE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half of it": (lambda commit: commit.replace(b"\n -----END SSH SIGNATURE-----", b""), "no whole SSH signature"),
    "twice": (
        lambda commit: commit.replace(b"\n\nsigned", b"\n" + commit[commit.index(b"gpgsig ") :], 1),
        "more than one signature",
    ),
}


@pytest.mark.parametrize("story", NO_SIGNATURE)
def test_what_is_no_signature_is_bad(space: Workspace, tmp_path: Path, story: str) -> None:
    private, key = make_ssh_key(tmp_path)
    change, why = NO_SIGNATURE[story]
    found = state(space, write(space, change(raw(space, signed(space, private)))), key)
    assert found.state is State.BAD and why in found.why, found


@pytest.mark.parametrize("armour", [b"-----BEGIN SIGNED MESSAGE-----", b"-----BEGIN PGP MESSAGE-----", b""])
def test_a_form_that_is_not_known_accuses_nobody_and_counts_for_nothing(
    space: Workspace, tmp_path: Path, armour: bytes
) -> None:
    private, key = make_ssh_key(tmp_path)
    before = raw(space, signed(space, private))
    commit = write(space, before.replace(b"-----BEGIN SSH SIGNATURE-----", armour))
    found = read_signatures(
        Repository(space.clone), [commit], Audit(allowed_ssh_keys=(key,), allowed_gpg_keys=(GPG_BLOCK,))
    )
    assert found == {commit: Signature(State.UNVERIFIABLE, None, "its form is neither SSH's nor OpenPGP's")}


def test_a_signature_for_another_purpose_is_bad(space: Workspace, tmp_path: Path) -> None:
    """Whoever gets a bot to sign a file must not get a commit with it."""
    private, key = make_ssh_key(tmp_path)
    plain = raw(space, space.git("rev-parse", "HEAD"))
    made = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", str(private)], input=plain, capture_output=True, check=True
    )
    armour = made.stdout.strip().replace(b"\n", b"\n ")
    head, _, message = plain.partition(b"\n\n")
    commit = write(space, head + b"\ngpgsig " + armour + b"\n\n" + message)
    assert state(space, commit, key).state is State.BAD


def test_an_object_whose_content_is_not_its_ids_is_bad_signed_or_not(space: Workspace, tmp_path: Path) -> None:
    private, key = make_ssh_key(tmp_path)
    good, plain = raw(space, signed(space, private)), space.git("rev-parse", "HEAD^")
    place = space.clone / ".git/objects" / plain[:2] / plain[2:]
    place.chmod(0o644)
    place.write_bytes(zlib.compress(b"commit %d\0" % len(good) + good))
    assert raw(space, plain) == good, "otherwise git itself saw it"
    assert state(space, plain, key) == Signature(State.BAD, None, "the object is not what its id says; run git fsck")


def test_what_the_repository_trusts_changes_nothing(space: Workspace, tmp_path: Path) -> None:
    private, key = make_ssh_key(tmp_path)
    _, other = make_ssh_key(tmp_path, "other")
    commit = signed(space, private)
    everybody = tmp_path / "everybody"
    everybody.write_text(f"* {key}\n")
    yes = tmp_path / "yes.sh"
    yes.write_text("#!/bin/sh\necho 'Good \"git\" signature for signer with ED25519 key SHA256:x'\n")
    yes.chmod(0o755)
    space.git("config", "gpg.ssh.allowedSignersFile", str(everybody))
    assert space.git("log", "-1", "--format=%G?") == "G", "git itself would take it"
    space.git("config", "gpg.ssh.program", str(yes))
    space.git("config", "gpg.program", str(yes))
    assert state(space, commit, other).state is State.UNKNOWN_KEY
    forged = write(space, raw(space, commit).replace(b"signed", b"forged"))
    assert state(space, forged, key).state is State.BAD
    space.git("replace", space.git("rev-parse", "HEAD^"), commit)
    assert state(space, space.git("rev-parse", "HEAD^"), key).state is State.UNSIGNED


def test_a_missing_commit_and_what_is_none_are_refused(space: Workspace) -> None:
    tree = space.git("rev-parse", "HEAD^{tree}")
    for thing in ("0" * 39 + "1", tree):
        with pytest.raises(RepositoryRefused, match=f"{thing} is not a commit of this clone"):
            state(space, thing)


def test_without_ssh_keygen_it_says_so(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private, key = make_ssh_key(tmp_path)
    commit, fits = signed(space, private), fingerprint(ssh_blob(key))
    monkeypatch.setattr("promobot.adapters.repository.verifiers.shutil.which", lambda _: None)
    assert state(space, commit, key) == Signature(State.UNVERIFIABLE, fits, "ssh-keygen is not installed")
    assert state(space, commit).state is State.UNKNOWN_KEY, "nobody has to be asked"
    assert state(space, space.git("rev-parse", "HEAD^"), key).state is State.UNSIGNED


@pytest.mark.parametrize(
    ("script", "why"),
    [("echo 'unknown option -- Y' >&2; exit 1", "ssh-keygen cannot check it (unknown option -- Y)"),
     ("echo 'Good \"git\" signature for signer with ED25519 key SHA256:x'; exit 1", "cannot check it (it says no"),
     ("exit 0", "ssh-keygen cannot check it (it says nothing)"),
     ("exec sleep 60", "ssh-keygen gave no answer (TimeoutExpired)")],
    ids=["too old", "good words and a bad end", "no words", "no answer"],
)  # fmt: skip
def test_an_ssh_keygen_that_cannot_say_is_not_believed(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    private, key = make_ssh_key(tmp_path)
    commit = signed(space, private)
    monkeypatch.setattr(verifiers, "TIMEOUT", 0.5)
    tool(monkeypatch, tmp_path / "bin", "ssh-keygen", script)
    found = state(space, commit, key)
    assert found.state is State.UNVERIFIABLE and why in found.why, found


def tool(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, script: str) -> None:
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{clean_env()['PATH']}")


ARMOUR = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----"
# It answers as gpg does, and only where it was asked as gpg must be; `home` keeps what was imported.
GPG = """
home=; verb=; file=
while [ $# -gt 0 ]; do
  case $1 in
    --homedir) home=$2; shift ;;
    --import) verb=import ;;
    --verify) verb=verify; file=$2; shift; test "$2" = - || exit 9 ;;
  esac
  shift
done
test -d "$home" && test "$home" != "$HOME/.gnupg" || exit 9
test -z "$GNUPGHOME" || exit 9
case $verb in
  import) cat >>"$home/keys"; {imported} ;;
  verify) cat >{folder}/payload; cp "$file" {folder}/armour; cp "$home/keys" {folder}/keys; {verified} ;;
esac
"""
VALID = f"[GNUPG:] VALIDSIG 1111 2026-11-22 1 0 4 0 22 8 00 {GPG_KEY}"
IMPORTED = "echo '[GNUPG:] IMPORT_OK 1 x'"
GOOD = f"printf '%s\\n' '[GNUPG:] NEWSIG' '[GNUPG:] GOODSIG E658D526F536F7E6 x' '{VALID}'"
BAD = "echo '[GNUPG:] BADSIG E658D526F536F7E6 x'; exit 1"
GPG_ANSWERS = {
    "good": (IMPORTED, GOOD, Signature(State.GOOD, GPG_KEY)),
    "bad": (IMPORTED, BAD, Signature(State.BAD, "E658D526F536F7E6", "it was made for another content")),
    "good words and a bad end": (
        IMPORTED,
        f"{GOOD}; exit 2",
        Signature(State.UNVERIFIABLE, GPG_KEY, "gpg contradicts itself (it says nothing)"),
    ),
    "a key that it does not take": (
        "echo 'gpg: no valid OpenPGP data found.' >&2; exit 2",
        GOOD,
        Signature(
            State.UNVERIFIABLE,
            None,
            "gpg does not take a key of allowed_gpg_keys (gpg: no valid OpenPGP data found.)",
        ),
    ),
    "a key that it takes and does not": (
        f"{IMPORTED}; exit 2",
        GOOD,
        Signature(State.UNVERIFIABLE, None, "gpg does not take a key of allowed_gpg_keys (it says nothing)"),
    ),
    "a key that it says nothing of": (
        "exit 0",
        GOOD,
        Signature(State.UNVERIFIABLE, None, "gpg does not take a key of allowed_gpg_keys (it says nothing)"),
    ),
}


def gpg_signed(space: Workspace) -> tuple[bytes, str]:
    """A commit with something in the place of a signature, and what that would cover."""
    plain = raw(space, space.git("rev-parse", "HEAD"))
    head, _, message = plain.partition(b"\n\n")
    return plain, write(space, head + b"\n" + ARMOUR + b"\n\n" + message)


@pytest.mark.parametrize("story", GPG_ANSWERS)
def test_gpg_is_asked_with_the_allowed_keys_alone(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: str
) -> None:
    imported, verified, expected = GPG_ANSWERS[story]
    payload, commit = gpg_signed(space)
    script = GPG.format(folder=tmp_path, imported=imported, verified=verified)
    tool(monkeypatch, tmp_path / "bin", "gpg", script)
    monkeypatch.setenv("GNUPGHOME", str(tmp_path))
    found = read_signatures(Repository(space.clone), [commit], Audit(allowed_gpg_keys=(GPG_BLOCK,)))
    assert found == {commit: expected}
    if imported == IMPORTED:
        assert (tmp_path / "payload").read_bytes() == payload
        assert (tmp_path / "keys").read_text() == GPG_BLOCK
        assert (tmp_path / "armour").read_bytes().startswith(b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END")


def test_without_gpg_or_without_a_key_for_it(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    _, commit = gpg_signed(space)
    monkeypatch.setattr("promobot.adapters.repository.verifiers.shutil.which", lambda _: None)
    found = read_signatures(Repository(space.clone), [commit], Audit(allowed_gpg_keys=(GPG_BLOCK,)))
    assert found == {commit: Signature(State.UNVERIFIABLE, None, "gpg is not installed")}
    assert state(space, commit) == Signature(State.UNKNOWN_KEY)


def test_many_unsigned_commits_cost_no_process_each(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, key = make_ssh_key(tmp_path)
    ran: list[list[str]] = []
    real = verifiers._run

    def counted(command: list[str], *rest: object) -> object:
        ran.append(command)
        return real(command, *rest)  # type: ignore[arg-type]

    count = 2 * signatures.AT_ONCE + 50
    stream = "".join(f"commit refs/heads/main\ncommitter A <a@b> {n} +0000\ndata 2\nx\n" for n in range(count))
    (tmp_path / "stream").write_text(f"reset refs/heads/main\n\n{stream}")
    with (tmp_path / "stream").open("rb") as file:
        subprocess.run(["git", "fast-import", "--quiet", "--force"], cwd=space.clone, stdin=file, check=True)
    last = signed(space, private)
    monkeypatch.setattr(verifiers, "_run", counted)
    commits = space.git("rev-list", "HEAD").split("\n")
    began = process_time()
    found = read_signatures(Repository(space.clone), commits, Audit(allowed_ssh_keys=(key,)))
    assert process_time() - began < 5
    assert set(found) == set(commits) and len(commits) == count + 1
    assert {commit for commit, one in found.items() if one.state is not State.UNSIGNED} == {last}
    assert (found[last].state, len(ran)) == (State.GOOD, 1)
