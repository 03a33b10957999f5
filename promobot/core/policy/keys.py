"""Public keys as a policy holds them: one line of OpenSSH, or one armoured block of OpenPGP. Only their form is looked
at here; whether a key made a signature is asked of ssh-keygen and gpg.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

SSH_TYPES: Mapping[str, int] = {
    "ssh-ed25519": 2,
    "sk-ssh-ed25519@openssh.com": 3,
    "ssh-rsa": 3,
    "ecdsa-sha2-nistp256": 3,
    "ecdsa-sha2-nistp384": 3,
    "ecdsa-sha2-nistp521": 3,
    "sk-ecdsa-sha2-nistp256@openssh.com": 4,
}
"""The types of keys that git signs with -> of how many fields such a key is made (RFC 4253 6.6, RFC 5656 3.1, RFC 8709
4, and OpenSSH's PROTOCOL.u2f)."""

BEGIN, END = "-----BEGIN PGP PUBLIC KEY BLOCK-----", "-----END PGP PUBLIC KEY BLOCK-----"
PUBLIC_KEY_PACKET, SECRET_KEY_PACKET = 6, 5
EXPOSED = "is a private key, and whoever can read the repository has it now: make a new one, put its public half here"


def ssh_fields(blob: bytes) -> tuple[bytes, ...] | None:
    """The fields of SSH's wire form: four bytes of length, then as many bytes. None where they do not add up."""
    fields, place = [], 0
    while place < len(blob):
        size = int.from_bytes(blob[place : place + 4], "big")
        fields.append(blob[place + 4 : place + 4 + size])
        place += 4 + size
    return tuple(fields) if place == len(blob) else None


def ssh_blob(line: str) -> bytes:
    """The key itself, out of a line that was checked."""
    return base64.b64decode(line.split(" ")[1])


def fingerprint(blob: bytes) -> str:
    """The name of an SSH key, as `ssh-keygen -l` prints it."""
    return "SHA256:" + base64.b64encode(sha256(blob).digest()).decode("ascii").rstrip("=")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def ssh_key(line: str) -> str:
    """Check one line as a .pub file has it: type, key, comment. Raises ValueError, which never repeats the text."""
    if "-----BEGIN" in line and "PRIVATE KEY" in line:
        raise ValueError(EXPOSED)
    if any(ord(char) < 32 or ord(char) == 127 for char in line):
        raise ValueError("must be one line, the one that the .pub file holds, without control characters")
    kind, _, rest = line.partition(" ")
    if kind not in SSH_TYPES:
        if any(f"{known} " in rest for known in SSH_TYPES):
            raise ValueError("must begin with the key's type: options in front of it are not taken")
        raise ValueError(f"must begin with the key's type, one of {', '.join(SSH_TYPES)}")
    blob = _decoded(rest.partition(" ")[0])
    if not blob:
        raise ValueError("must hold the key in base64 behind its type, as the .pub file does")
    fields = ssh_fields(blob)
    if fields is None or len(fields) != SSH_TYPES[kind] or not all(fields[1:]):
        raise ValueError("holds no whole key; copy the line of the .pub file again")
    if fields[0] != kind.encode():
        raise ValueError("holds a key of another type than the line begins with; copy the .pub file's line again")
    return line


def gpg_key(block: str) -> str:
    """Check the form of one armoured block, as `gpg --armor --export` prints it. Raises ValueError."""
    if "PRIVATE KEY BLOCK" in block:
        raise ValueError(EXPOSED)
    lines = block.replace("\r\n", "\n").strip("\n").split("\n")
    if lines[0] != BEGIN or lines[-1] != END or block.count("-----BEGIN") > 1 or "" not in lines:
        raise ValueError(f"must be one block from {BEGIN} to {END}, as gpg --armor --export KEY prints it")
    body = lines[lines.index("") + 1 : -1]
    # The last line of the body may be a checksum (RFC 4880 6.1), which newer writers leave out.
    packets = _decoded("".join(body[:-1] if body and body[-1].startswith("=") else body))
    if not packets:
        raise ValueError("holds no base64 between its first and its last line; export the key again")
    first = packets[0]
    tag = first & 0x3F if first & 0x40 else (first & 0x3F) >> 2
    if tag == SECRET_KEY_PACKET:
        raise ValueError(EXPOSED)
    if not first & 0x80 or tag != PUBLIC_KEY_PACKET:
        raise ValueError("must begin with a public key; export the key again with gpg --armor --export KEY")
    return block


_SSH_LINE = rf"^({'|'.join(kind.replace('.', '[.]') for kind in SSH_TYPES)}) [A-Za-z0-9+/]+={{0,2}}( [^\n]*)?$"
_GPG_BLOCK = rf"^\n*{BEGIN}\n[\s\S]*\n{END}\n*$"
SshKey = Annotated[str, AfterValidator(ssh_key), WithJsonSchema({"type": "string", "pattern": _SSH_LINE})]
GpgKey = Annotated[str, AfterValidator(gpg_key), WithJsonSchema({"type": "string", "pattern": _GPG_BLOCK})]
