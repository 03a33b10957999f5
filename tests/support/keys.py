"""Keys for tests: public ones of every type, put together from bytes that nobody can sign with, and real ones."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

CURVES = {"ecdsa-sha2-nistp256": b"nistp256", "ecdsa-sha2-nistp384": b"nistp384", "ecdsa-sha2-nistp521": b"nistp521"}


def wire(*fields: bytes) -> bytes:
    """SSH's wire form."""
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def line(kind: str, *fields: bytes, named: str | None = None) -> str:
    """A line as in a .pub file; `named` is the type that the key itself names, where that is another."""
    return f"{kind} {base64.b64encode(wire((named or kind).encode(), *fields)).decode()} a comment"


ED25519 = line("ssh-ed25519", b"\x01" * 32)
SSH_LINES = (
    ED25519,
    ED25519.removesuffix(" a comment"),
    line("sk-ssh-ed25519@openssh.com", b"\x02" * 32, b"ssh:"),
    line("ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xc1" * 256),
    *(line(kind, curve, b"\x04" + b"\x03" * 64) for kind, curve in CURVES.items()),
    line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"\x04" + b"\x03" * 64, b"ssh:"),
)

# Made by gpg for these tests; the private half is gone.
GPG_KEY = "9B8D1CD836542AEC6B22287AE658D526F536F7E6"
GPG_BLOCK = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawMTwhYJKwYBBAHaRw8BAQdAkJDWl8wgB5DRiPAsuCitzCWEZ9yoFVi+Bn/O
CpLqx6i0KXByb21vYm90IHRlc3RzIDxwcm9tb2JvdEBub3JlcGx5LmludmFsaWQ+
iJAEExYIADgWIQSbjRzYNlQq7GsiKHrmWNUm9Tb35gUCawMTwgIbAwULCQgHAgYV
CgkICwIEFgIDAQIeAQIXgAAKCRDmWNUm9Tb35qoxAQDibIDsGOQza5b83n4JPXcl
g+sKXGKUrxuK4BBPX4ikegD+Pqbh80wsHKOn3kfyOCGuH97ekBFoubEHuUJDE6QV
fAk=
=j3v5
-----END PGP PUBLIC KEY BLOCK-----
"""


def make_ssh_key(folder: Path, name: str = "key", kind: str = "ed25519") -> tuple[Path, str]:
    """A real key pair without a passphrase: the private file, and the public line. ssh-keygen comes with OpenSSH."""
    private = folder / name
    made = ("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", str(private))
    subprocess.run(made, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return private, private.with_name(f"{name}.pub").read_text(encoding="ascii").rstrip("\n")
