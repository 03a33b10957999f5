"""The manifest: its members, its version and the digest over its content (DESIGN 3.1)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.exports import load_patches_for_promotion
from tests.adapters.exports.files import manifest, patch, refusal, write

TWO = [patch("a"), patch("b", reason="größer 🎉")]

MANIFEST_PROBLEMS: dict[str, tuple[dict[str, Any], list[str], str]] = {
    "wrong digest": ({"integrity": {"content_sha256": "0" * 64}}, ["/integrity/content_sha256"], "does not match"),
    "changed content": ({"manifest_id": "other"}, ["/integrity/content_sha256"], "does not match"),
    "digest in capitals": (
        {"integrity": {"content_sha256": "ABCDEF"}},
        ["/integrity/content_sha256"],
        "does not match",
    ),
    "digest is a number": ({"integrity": {"content_sha256": 5}}, ["/integrity/content_sha256"], "does not match"),
    "integrity empty": ({"integrity": {}}, ["/integrity"], "content_sha256"),
    "integrity has more": ({"integrity": {"content_sha256": "0", "md5": "1"}}, ["/integrity"], "content_sha256"),
    "integrity null": ({"integrity": None}, ["/integrity"], "content_sha256"),
    "integrity list": ({"integrity": ["content_sha256"]}, ["/integrity"], "content_sha256"),
    "integrity text": ({"integrity": "content_sha256"}, ["/integrity"], "content_sha256"),
    "another version": ({"schema_version": 2}, ["/schema_version", "/integrity/content_sha256"], "version"),
    "version true": ({"schema_version": True}, ["/schema_version", "/integrity/content_sha256"], "version"),
    "version list": ({"schema_version": []}, ["/schema_version", "/integrity/content_sha256"], "version"),
    "id a number": ({"manifest_id": 7}, ["/manifest_id", "/integrity/content_sha256"], "must be a string"),
    "unknown member": ({"signature": "x"}, ["/signature", "/integrity/content_sha256"], "unknown member"),
    "patches an object": ({"patches": {}}, ["/integrity/content_sha256", "/patches"], "does not match"),
}


@pytest.mark.parametrize("case", MANIFEST_PROBLEMS)
def test_a_manifest_is_read_strictly(tmp_path: Path, case: str) -> None:
    changes, pointers, message = MANIFEST_PROBLEMS[case]
    details = refusal(write(tmp_path, json.dumps(manifest(TWO, **changes))))
    assert [detail.pointer for detail in details] == pointers
    assert message in details[0].message


@pytest.mark.parametrize("member", ["schema_version", "manifest_id", "patches", "integrity"])
def test_a_manifest_needs_all_its_members(tmp_path: Path, member: str) -> None:
    whole = manifest(TWO)
    del whole[member]
    details = refusal(write(tmp_path, json.dumps(whole)))
    assert ("", f"a manifest needs the member `{member}`") in [(d.pointer, d.message) for d in details]


def test_a_digest_is_of_the_values_not_of_the_bytes(tmp_path: Path) -> None:
    text = json.dumps(manifest(TWO), indent=3).replace("1.75", "175e-2")
    assert len(load_patches_for_promotion(write(tmp_path, text))) == 2
