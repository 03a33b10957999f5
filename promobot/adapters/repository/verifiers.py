"""ssh-keygen and gpg, asked whether a key of the policy made a signature. No setting of a user reaches them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from promobot.core.audit.signatures import Signature, State, gpg_signature, ssh_signer
from promobot.core.policy.keys import fingerprint, ssh_blob

TIMEOUT = 60
"""Seconds after which an answer is no longer waited for."""

SIGNER = "signer"
"""The name that every allowed key goes by; ssh-keygen wants one, and only the key counts."""

_GOOD = re.compile(rb'Good "git" signature for signer with \S+ key (SHA256:\S+)')


class SshKeygen:
    """`ssh-keygen -Y verify` over a file of allowed signers (ssh-keygen(1), ALLOWED SIGNERS) in a scratch folder."""

    def __init__(self, keys: Sequence[str], scratch: Path) -> None:
        self._blobs = {ssh_blob(key) for key in keys}
        self._scratch, self._allowed = scratch, scratch / "allowed_signers"
        # Without the comments: only the type and the key were looked at.
        lines = (f"{SIGNER} {' '.join(key.split(' ')[:2])}\n" for key in keys)
        self._allowed.write_text("".join(lines), encoding="ascii")
        self._tool = shutil.which("ssh-keygen")

    def verify(self, name: str, payload: bytes, armour: bytes) -> Signature:
        """The state of a signature; `name` is a file name that no other signature has."""
        blob = ssh_signer(armour)
        if blob is None:
            return Signature(State.BAD, why="it is no whole SSH signature")
        key = fingerprint(blob)
        if blob not in self._blobs:
            return Signature(State.UNKNOWN_KEY, key)
        file = self._scratch / f"{name}.sig"
        file.write_bytes(armour)
        ran = self._asked(file, payload)
        file.unlink()
        if isinstance(ran, str):
            return Signature(State.UNVERIFIABLE, key, ran)
        good = _GOOD.match(ran.stdout)
        if ran.returncode == 0 and good:
            return Signature(State.GOOD, good[1].decode("ascii"))
        if b"Could not verify signature" in ran.stdout:
            return Signature(State.BAD, key, "it was made for another content")
        return Signature(State.UNVERIFIABLE, key, f"ssh-keygen cannot check it ({_last(ran.stderr)})")

    def _asked(self, file: Path, payload: bytes) -> subprocess.CompletedProcess[bytes] | str:
        if self._tool is None:
            return "ssh-keygen is not installed"
        asked = (self._tool, "-Y", "verify", "-f", self._allowed, "-I", SIGNER, "-n", "git", "-s", file)
        return _run([*map(str, asked)], payload, self._scratch)


class Gpg:
    """`gpg --verify` in a home of its own that holds the allowed keys alone, asks no server and starts no agent."""

    def __init__(self, keys: Sequence[str], scratch: Path) -> None:
        self._scratch, self._home = scratch, scratch / "gnupg"
        self._tool = shutil.which("gpg")
        self._has_keys = bool(keys)
        self._trouble = "" if self._tool else "gpg is not installed"
        if self._tool and keys:
            self._home.mkdir(mode=0o700)
            self._trouble = next(filter(None, map(self._import, keys)), "")

    def verify(self, name: str, payload: bytes, armour: bytes) -> Signature:
        """The state of a signature; `name` is a file name that no other signature has."""
        if not self._has_keys:
            return Signature(State.UNKNOWN_KEY)
        if self._trouble:
            return Signature(State.UNVERIFIABLE, why=self._trouble)
        file = self._scratch / f"{name}.asc"
        file.write_bytes(armour)
        ran = self._gpg("--verify", str(file), "-", stdin=payload)
        file.unlink()
        if isinstance(ran, str):
            return Signature(State.UNVERIFIABLE, why=ran)
        told = gpg_signature(ran.stdout.decode("utf-8", "replace"))
        if told.state is State.GOOD and ran.returncode != 0:
            return Signature(State.UNVERIFIABLE, told.key, f"gpg contradicts itself ({_last(ran.stderr)})")
        return told

    def _import(self, key: str) -> str:
        """What is in the way of a key; empty where nothing is."""
        ran = self._gpg("--import", stdin=key.encode())
        if isinstance(ran, str):
            return ran
        if ran.returncode != 0 or b"[GNUPG:] IMPORT_OK " not in ran.stdout:
            return f"gpg does not take a key of allowed_gpg_keys ({_last(ran.stderr)})"
        return ""

    def _gpg(self, *arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes] | str:
        alone = ("--no-options", "--no-autostart", "--disable-dirmngr", "--no-auto-key-retrieve")
        plain = ("--homedir", str(self._home), "--batch", "--no-tty", "--trust-model", "always", "--status-fd", "1")
        return _run([str(self._tool), *plain, *alone, *arguments], stdin, self._scratch)


def _run(command: list[str], stdin: bytes, home: Path) -> subprocess.CompletedProcess[bytes] | str:
    """How it ended, or why it did not."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LC_ALL": "C"}
    try:
        return subprocess.run(  # noqa: S603  an argument list, and a tool found on the PATH
            command, input=stdin, env=environment, capture_output=True, check=False, timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{Path(command[0]).name} gave no answer ({type(error).__name__})"


def _last(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().split("\n")
    return lines[-1][:200] or "it says nothing"
