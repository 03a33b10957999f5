"""A commit's signature: where it stands in the raw object, what it covers, and what ssh-keygen and gpg said of it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from promobot.core.policy.keys import ssh_fields

SSH_BEGIN, SSH_END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
GPG_BEGIN = b"-----BEGIN PGP SIGNATURE-----"
HEADERS = (b"gpgsig", b"gpgsig-sha256")
"""Both are left out of what is signed (git, gitformat-signature); the second is for the commit's sha256 form."""

NO_PUBLIC_KEY = "9"
"""The reason in gpg's ERRSIG line for a key that it does not have (GnuPG, doc/DETAILS)."""


class State(StrEnum):
    """What is known of a commit's signature. Only `good` says anything in its favour."""

    UNSIGNED = "unsigned"
    GOOD = "good"
    UNKNOWN_KEY = "unknown_key"
    BAD = "bad"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True)
class Signature:
    """The state, the fingerprint of the key that the signature names (proved by `good` alone), and why it is so.

    The fingerprint is SHA256:... for SSH, and the primary key's in hexadecimal digits for OpenPGP.
    """

    state: State
    key: str | None = None
    why: str = ""


def split(commit: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """What is signed of a raw commit object, and the signatures that its own headers hold; a merged tag's are not its.

    git joins several gpgsig headers into one signature; here they stay apart, so that nobody has to know how.
    """
    head, gap, message = commit.partition(b"\n\n")
    kept: list[bytes] = []
    signatures: list[list[bytes]] = []
    # A line that begins with a blank goes on with the header before it.
    inside: list[bytes] | None = None
    for line in head.split(b"\n"):
        name, _, value = line.partition(b" ")
        if not name and inside is not None:
            inside.append(value)
        elif name in HEADERS:
            inside = [value]
            if name == HEADERS[0]:
                signatures.append(inside)
        else:
            inside = None
            kept.append(line)
    return b"\n".join(kept) + gap + message, tuple(b"\n".join(lines) + b"\n" for lines in signatures)


def ssh_signer(armour: bytes) -> bytes | None:
    """The public key that an SSH signature names (OpenSSH, PROTOCOL.sshsig); None for what has not that form."""
    lines = armour.strip(b"\n").split(b"\n")
    if lines[0] != SSH_BEGIN or lines[-1] != SSH_END:
        return None
    try:
        data = base64.b64decode(b"".join(lines[1:-1]), validate=True)
    except (binascii.Error, ValueError):
        return None
    fields = ssh_fields(data[10:])
    if data[:10] != b"SSHSIG\0\0\0\1" or fields is None or len(fields) != 5:
        return None
    return fields[0]


def gpg_signature(status: str) -> Signature:
    """What `gpg --verify --status-fd` said (GnuPG, doc/DETAILS), read by its status lines alone."""
    told: dict[str, list[str]] = {}
    for line in status.split("\n"):
        mark, _, rest = line.partition(" ")
        word, *arguments = rest.split(" ")
        if mark != "[GNUPG:]":
            continue
        if word in told and word in ("NEWSIG", "VALIDSIG", "GOODSIG"):
            return Signature(State.BAD, why="more than one signature")
        told[word] = arguments
    return _gpg_refused(told) or _gpg_good(told) or Signature(State.BAD, why="gpg finds no signature in it")


def _gpg_refused(told: dict[str, list[str]]) -> Signature | None:
    for word, why in (
        ("BADSIG", "it was made for another content"),
        ("REVKEYSIG", "its key was revoked"),
        ("EXPSIG", "it has expired"),
    ):
        if word in told:
            return Signature(State.BAD, _argument(told[word], 0), why)
    if "ERRSIG" in told:
        key = _argument(told["ERRSIG"], 6) or _argument(told["ERRSIG"], 0)
        reason = _argument(told["ERRSIG"], 5)
        if reason == NO_PUBLIC_KEY:
            return Signature(State.UNKNOWN_KEY, key)
        return Signature(State.UNVERIFIABLE, key, f"gpg cannot check it (reason {reason})")
    return None


def _gpg_good(told: dict[str, list[str]]) -> Signature | None:
    """A key that has expired counts as long as the policy names it: its owner cannot make old landings bad by age."""
    if "VALIDSIG" not in told or not {"GOODSIG", "EXPKEYSIG"} & told.keys():
        return None
    why = "" if "GOODSIG" in told else "its key has expired since, and the policy still allows it"
    return Signature(State.GOOD, _argument(told["VALIDSIG"], 9) or _argument(told["VALIDSIG"], 0), why)


def _argument(arguments: list[str], place: int) -> str | None:
    return arguments[place] if place < len(arguments) and arguments[place] not in ("", "-") else None
