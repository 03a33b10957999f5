"""Where a signature stands in a raw commit, what it covers, and how gpg's status lines are read."""

from __future__ import annotations

import base64

import pytest

from promobot.core.audit.signatures import Signature, State, gpg_signature, split, ssh_signer
from tests.support.keys import GPG_KEY, wire

HEAD = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 0123\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000"
TEXT = b"\n\nsubject\n\ngpgsig no header\n body\n"
SIGNATURE = b"gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----"
ARMOUR = b"-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
TAG = b"mergetag object 0123\n type commit\n tag v1\n \n words\n gpgsig -----BEGIN\n " + ARMOUR.strip().replace(
    b"\n", b"\n "
)


def test_an_unsigned_commit_is_its_own_payload() -> None:
    assert split(HEAD + TEXT) == (HEAD + TEXT, ())
    assert split(HEAD) == (HEAD, ())


@pytest.mark.parametrize("behind", [b"", b"\nencoding ISO-8859-1"])
def test_the_signature_is_taken_out_and_nothing_else(behind: bytes) -> None:
    assert split(HEAD + b"\n" + SIGNATURE + behind + TEXT) == (HEAD + behind + TEXT, (ARMOUR,))


def test_a_merged_tags_signature_is_not_the_commits_and_is_signed_with_it() -> None:
    assert split(HEAD + b"\n" + TAG + TEXT) == (HEAD + b"\n" + TAG + TEXT, ())
    assert split(HEAD + b"\n" + TAG + b"\n" + SIGNATURE + TEXT) == (HEAD + b"\n" + TAG + TEXT, (ARMOUR,))
    assert split(HEAD + b"\n" + SIGNATURE + b"\n" + TAG + TEXT) == (HEAD + b"\n" + TAG + TEXT, (ARMOUR,))


def test_the_signature_of_the_other_form_is_neither_counted_nor_covered() -> None:
    other = SIGNATURE.replace(b"gpgsig ", b"gpgsig-sha256 ", 1)
    assert split(HEAD + b"\n" + other + TEXT) == (HEAD + TEXT, ())
    assert split(HEAD + b"\n" + SIGNATURE + b"\n" + other + TEXT) == (HEAD + TEXT, (ARMOUR,))


def test_two_signatures_stay_two() -> None:
    assert split(HEAD + b"\n" + SIGNATURE + b"\n" + SIGNATURE + TEXT) == (HEAD + TEXT, (ARMOUR, ARMOUR))


def test_a_header_that_only_begins_so_is_covered() -> None:
    odd = HEAD + b"\ngpgsigned evil\n more" + TEXT
    assert split(odd) == (odd, ())


def ssh(*fields: bytes, start: bytes = b"SSHSIG\0\0\0\1") -> bytes:
    body = base64.b64encode(start + wire(*fields))
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"\n-----END SSH SIGNATURE-----\n"


FIELDS = (b"the key", b"git", b"", b"sha512", b"the signature")


def test_an_ssh_signature_names_its_key() -> None:
    assert ssh_signer(ssh(*FIELDS)) == b"the key"
    long = (b"k" * 300, *FIELDS[1:])
    wrapped = ssh(*long).replace(b"a2tr", b"a2tr\n")
    assert ssh_signer(wrapped) == b"k" * 300


@pytest.mark.parametrize(
    "armour",
    [
        b"", ARMOUR, ssh(*FIELDS[:4]), ssh(*FIELDS, b"more"), ssh(*FIELDS, start=b"SSHSIG\0\0\0\2"),
        ssh(*FIELDS, start=b"sshsig\0\0\0\1"), ssh(*FIELDS).replace(b"END", b"FIN"), b"x\n" + ssh(*FIELDS),
        ssh(*FIELDS) * 2, ssh(*FIELDS).replace(b"U1NI", b"U1N*"), ssh(*FIELDS).replace(b"=\n", b"\n"),
    ],
)  # fmt: skip
def test_what_has_not_that_form_names_none(armour: bytes) -> None:
    assert ssh_signer(armour) is None


# Taken from gpg 2.2; GnuPG's doc/DETAILS says what they mean.
GOOD = f"""\
[GNUPG:] NEWSIG promobot@noreply.invalid
[GNUPG:] KEY_CONSIDERED {GPG_KEY} 0
[GNUPG:] SIG_ID n1AZ1kYV9Sw 2026-11-22 1795339202
[GNUPG:] GOODSIG E658D526F536F7E6 promobot tests <promobot@noreply.invalid>
[GNUPG:] VALIDSIG 1111111111111111111111111111111111111111 2026-11-22 1795339202 0 4 0 22 8 00 {GPG_KEY}
[GNUPG:] TRUST_UNDEFINED 0 pgp
"""
VALID = next(line for line in GOOD.split("\n") if "VALIDSIG" in line)
STATUS = {
    "good": (GOOD, State.GOOD, GPG_KEY, ""),
    "a key that has expired": (GOOD.replace("GOODSIG", "EXPKEYSIG"), State.GOOD, GPG_KEY, "has expired since"),
    "without a primary key": (
        GOOD.replace(f" 00 {GPG_KEY}", " 00"), State.GOOD, "1111111111111111111111111111111111111111", "",
    ),
    "bad": ("[GNUPG:] NEWSIG\n[GNUPG:] BADSIG E658D526F536F7E6 somebody\n", State.BAD, "E658D526F536F7E6", "another"),
    "revoked": (GOOD.replace("GOODSIG", "REVKEYSIG"), State.BAD, "E658D526F536F7E6", "its key was revoked"),
    "expired": (GOOD.replace("GOODSIG", "EXPSIG"), State.BAD, "E658D526F536F7E6", "it has expired"),
    "no such key": (
        f"[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG E658D526F536F7E6 22 8 00 1 9 {GPG_KEY}\n[GNUPG:] NO_PUBKEY E658D526F536F7E6",
        State.UNKNOWN_KEY, GPG_KEY, "",
    ),
    "no such key, and no fingerprint": (
        "[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG E658D526F536F7E6 22 8 00 1795339202 9 -\n",
        State.UNKNOWN_KEY, "E658D526F536F7E6", "",
    ),
    "an unknown algorithm": (
        f"[GNUPG:] NEWSIG\n[GNUPG:] ERRSIG E658D526F536F7E6 99 8 00 1795339202 4 {GPG_KEY}\n",
        State.UNVERIFIABLE, GPG_KEY, "reason 4",
    ),
    "nothing": ("", State.BAD, None, "no signature"),
    "no data": ("[GNUPG:] NODATA 4\n", State.BAD, None, "no signature"),
    "valid alone": (f"[GNUPG:] NEWSIG\n{VALID}\n", State.BAD, None, "no signature"),
    "good alone": (GOOD.replace(VALID, ""), State.BAD, None, "no signature"),
    "several": (GOOD + GOOD, State.BAD, None, "more than one"),
    "valid twice": (f"{GOOD}{VALID}\n", State.BAD, None, "more than one"),
    "one good and one bad": (
        f"{GOOD}[GNUPG:] BADSIG E658D526F536F7E6 x\n", State.BAD, "E658D526F536F7E6", "another content",
    ),
    "a user id that plays a line": (
        "[GNUPG:] BADSIG E658D526F536F7E6 [GNUPG:] GOODSIG x [GNUPG:] VALIDSIG y\n", State.BAD, "E658D526F536F7E6", "",
    ),
    "words of gpg itself": (GOOD.replace("[GNUPG:]", "gpg:"), State.BAD, None, "no signature"),
}  # fmt: skip


@pytest.mark.parametrize("story", STATUS)
def test_gpgs_status_lines(story: str) -> None:
    status, state, key, why = STATUS[story]
    told = gpg_signature(status)
    assert (told.state, told.key) == (state, key)
    assert why in told.why and (why or state is not State.GOOD or not told.why)


def test_a_signature_is_a_value() -> None:
    assert Signature(State.UNSIGNED) == Signature(State("unsigned"), None, "")
