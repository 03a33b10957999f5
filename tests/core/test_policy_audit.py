"""The policy's section [audit]: keys are taken in their strict form only, and what is demanded must be possible."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from promobot.core.policy.audit import Audit
from promobot.core.policy.file import parse_policy
from promobot.core.policy.keys import fingerprint, gpg_key, ssh_blob, ssh_fields
from promobot.core.schemas import _policy
from promobot.errors import PolicyError
from tests.support.keys import ED25519, GPG_BLOCK, SSH_LINES, line, make_ssh_key, wire

COMMIT = "0123456789abcdef0123456789abcdef01234567"
KEYS = Draft202012Validator(_policy()["$defs"]["Audit"] | {"$defs": _policy()["$defs"]})


def errors(text: str) -> dict[str, str]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(text.encode(), "promobot.toml")
    return {detail.pointer or "": detail.message for detail in caught.value.details}


def test_without_the_section_nothing_is_demanded_and_nothing_acknowledged() -> None:
    assert parse_policy(b"", "p").audit == Audit()
    assert Audit().model_dump() == {
        "baseline": None, "require_signed": False, "require_record": False, "allowed_ssh_keys": (),
        "allowed_gpg_keys": (), "acknowledged": (),
    }  # fmt: skip


def test_a_whole_section() -> None:
    read = parse_policy(
        f"""
        [audit]
        baseline = "{COMMIT}"
        require_signed = true
        require_record = true
        allowed_ssh_keys = ["{ED25519}"]
        allowed_gpg_keys = ['''
{GPG_BLOCK}''']
        [[audit.acknowledged]]
        commit = "{COMMIT}"
        code = "direct_edit"
        reason = "An incident in May; the post-mortem tells of it."
        """.encode(),
        "p",
    ).audit
    assert (read.baseline, read.require_signed, read.require_record) == (COMMIT, True, True)
    assert (read.allowed_ssh_keys, read.allowed_gpg_keys) == ((ED25519,), (GPG_BLOCK,))
    (known,) = read.acknowledged
    assert (known.commit, known.code, known.reason[:11]) == (COMMIT, "direct_edit", "An incident")


@pytest.mark.parametrize("key", SSH_LINES, ids=[key[:30] for key in SSH_LINES])
def test_every_type_of_key_that_git_signs_with_is_taken(key: str) -> None:
    assert Audit(allowed_ssh_keys=(key,)).allowed_ssh_keys == (key,)
    assert KEYS.is_valid({"allowed_ssh_keys": [key]})


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_what_ssh_keygen_makes_is_taken_and_named_alike(tmp_path: Path, kind: str) -> None:
    private, key = make_ssh_key(tmp_path, kind=kind)
    Audit(allowed_ssh_keys=(key,))
    told = subprocess.run(["ssh-keygen", "-l", "-f", str(private)], check=True, capture_output=True, text=True)
    assert told.stdout.split(" ")[1] == fingerprint(ssh_blob(key))


BODY = ED25519.split(" ")[1]
BAD_SSH = {
    "nothing": ("", "must begin with the key's type, one of ssh-ed25519, "),
    "an unknown type": (line("ssh-dss", b"1", b"2", b"3", b"4"), "must begin with the key's type, one of "),
    "a certificate": (line("ssh-ed25519-cert-v01@openssh.com", b"1" * 32), "must begin with the key's type, one of "),
    "options": (f"cert-authority {ED25519}", "options in front of it are not taken"),
    "a name in front": (f"* {ED25519}", "options in front of it are not taken"),
    "two lines": (f"{ED25519}\n* {ED25519}", "must be one line"),
    "a control character": (f"{ED25519}\r", "must be one line"),
    "no key": ("ssh-ed25519", "must hold the key in base64"),
    "no base64": ("ssh-ed25519 AAAA*", "must hold the key in base64"),
    "bad padding": (f"ssh-ed25519 {BODY[:-1]}", "must hold the key in base64"),
    "cut off": (f"ssh-ed25519 {BODY[:40]}", "holds no whole key"),
    "more behind it": (
        "ssh-ed25519 " + base64.b64encode(wire(b"ssh-ed25519", b"1" * 32) + b"x").decode(), "holds no whole key",
    ),
    "too many fields": (line("ssh-ed25519", b"1" * 32, b"2"), "holds no whole key"),
    "an empty field": (line("ssh-ed25519", b""), "holds no whole key"),
    "another type inside": (line("ssh-ed25519", b"1" * 32, named="ssh-ed25518"), "holds a key of another type"),
    "a private key": ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END", "is a private key, and whoever"),
}  # fmt: skip


@pytest.mark.parametrize("story", BAD_SSH)
def test_a_line_that_is_no_plain_public_key_is_refused_and_never_repeated(story: str) -> None:
    key, said = BAD_SSH[story]
    literal = key.replace("\r", "\\r").replace("\n", "\\n")
    told = errors(f'[audit]\nrequire_signed = true\nallowed_ssh_keys = ["{ED25519}", "{literal}"]')
    assert list(told) == ["audit.allowed_ssh_keys[1]"]
    assert said in told["audit.allowed_ssh_keys[1]"]
    assert "AAAA" not in told["audit.allowed_ssh_keys[1]"]


def test_fields_that_claim_more_than_there_is_are_none() -> None:
    assert ssh_fields(b"\xff\xff\xff\xffabc") is None
    assert ssh_fields(b"\x00\x00") is None
    assert ssh_fields(b"") == ()


def armoured(data: bytes, begin: str = "PUBLIC KEY BLOCK") -> str:
    return f"-----BEGIN PGP {begin}-----\n\n{base64.b64encode(data).decode()}\n-----END PGP {begin}-----\n"


def test_a_block_with_a_header_without_a_checksum_and_with_either_line_end_is_taken() -> None:
    headed = GPG_BLOCK.replace("-----\n\n", "-----\nComment: a - b\n\n", 1).replace("=j3v5\n", "")
    for block in (GPG_BLOCK, headed, headed.replace("\n", "\r\n"), f"\n{GPG_BLOCK}", armoured(b"\xc6\x01x")):
        assert gpg_key(block) == block
    assert KEYS.is_valid({"allowed_gpg_keys": [GPG_BLOCK, headed]})


BAD_GPG = {
    "nothing": ("", "must be one block from"),
    "a fingerprint": ("9B8D 1CD8 3654", "must be one block from"),
    "two blocks": (GPG_BLOCK + GPG_BLOCK, "must be one block from"),
    "words around it": (f"hello\n{GPG_BLOCK}", "must be one block from"),
    "no empty line": (GPG_BLOCK.replace("-----\n\n", "-----\n", 1), "must be one block from"),
    "a signature": (armoured(b"\x88\x01x", "SIGNATURE"), "must be one block from"),
    "no base64": (GPG_BLOCK.replace("mDME", "m*ME"), "holds no base64"),
    "empty": ("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----", "holds no base64"),
    "a signature packet": (armoured(b"\x88\x01x"), "must begin with a public key"),
    "no packet": (armoured(b"\x18\x01x"), "must begin with a public key"),
    "a private key": (armoured(b"\x94\x01x", "PRIVATE KEY BLOCK"), "is a private key, and whoever"),
    "a private key in a public block": (armoured(b"\x94\x01x"), "is a private key, and whoever"),
}


@pytest.mark.parametrize("story", BAD_GPG)
def test_a_block_that_is_no_public_key_is_refused_and_never_repeated(story: str) -> None:
    block, said = BAD_GPG[story]
    told = errors(f"[audit]\nallowed_gpg_keys = ['''{block}''']")
    assert list(told) == ["audit.allowed_gpg_keys[0]"]
    assert said in told["audit.allowed_gpg_keys[0]"]
    assert "ME" not in told["audit.allowed_gpg_keys[0]"]


NO_KEY = "require_signed = true needs allowed_ssh_keys or allowed_gpg_keys: without one no signature counts"


@pytest.mark.parametrize("more", ["", "allowed_ssh_keys = []", "allowed_gpg_keys = []\nallowed_ssh_keys = []"])
def test_signatures_that_nobody_may_give_cannot_be_demanded(more: str) -> None:
    assert errors(f"[audit]\nrequire_signed = true\n{more}") == {"audit": NO_KEY}


COMMIT_WORDS = "a whole commit id: 40 digits and lower-case letters a to f, as git rev-parse prints it"
SLIPS = {
    "short": ('baseline = "0123456"', {"audit.baseline": COMMIT_WORDS}),
    "in capitals": (f'baseline = "{COMMIT.upper()}"', {"audit.baseline": COMMIT_WORDS}),
    "a branch": ('baseline = "main"', {"audit.baseline": COMMIT_WORDS}),
    "a line behind it": (f'baseline = "{COMMIT}\\n"', {"audit.baseline": COMMIT_WORDS}),
    "a word": ('require_signed = "yes"', {"audit.require_signed": "must be true or false"}),
    "one key, no list": (f'allowed_ssh_keys = "{ED25519}"', {"audit.allowed_ssh_keys": "must be a list"}),
    "one key, no list, though it is needed": (
        f'require_signed = true\nallowed_ssh_keys = "{ED25519}"',
        {"audit.allowed_ssh_keys": "must be a list"},
    ),
    "misspelt": ("require_signature = true", {"audit.require_signature": "did you mean require_signed?"}),
    "one bracket less": (
        f'[audit.acknowledged]\ncommit = "{COMMIT}"\ncode = "a"\nreason = "b"',
        {"audit.acknowledged": "must be a list: write [[audit.acknowledged]]"},
    ),
    "a finding half named": (
        '[[audit.acknowledged]]\ncode = "Direct-Edit"\nreason = ""',
        {
            "audit.acknowledged[0].commit": "is required and missing",
            "audit.acknowledged[0].code": "the code of a finding",
            "audit.acknowledged[0].reason": "must not be empty",
        },
    ),
    "a novel": (
        f'[[audit.acknowledged]]\ncommit = "{COMMIT}"\ncode = "a"\nreason = "{"x" * 1001}"',
        {"audit.acknowledged[0].reason": "must have at most 1000 characters"},
    ),
    "no finding has a name that long": (
        f'[[audit.acknowledged]]\ncommit = "{COMMIT}"\ncode = "{"x" * 65}"\nreason = "x"',
        {"audit.acknowledged[0].code": "must have at most 64 characters"},
    ),
    "a misspelt member": (
        f'[[audit.acknowledged]]\ncommit = "{COMMIT}"\ncode = "a"\nreason = "x"\nresaon = "x"',
        {"audit.acknowledged[0].resaon": "did you mean reason?"},
    ),
}


@pytest.mark.parametrize("story", SLIPS)
def test_a_slip_is_told_with_its_place_and_mend(story: str) -> None:
    text, expected = SLIPS[story]
    told = errors(f"[audit]\n{text}")
    assert told.keys() == expected.keys()
    assert all(words in told[place] for place, words in expected.items()), told
