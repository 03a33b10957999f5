"""Export files for the tests of this folder, and what the reader says of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from promobot.adapters.exports import load_patches_for_promotion
from promobot.errors import Detail, ExportRefused

PATCH: dict[str, Any] = {"id": "p1", "target": "portfolio.leverage", "new_value": 1.75, "status": "APPLIED_OFFLINE"}


def patch(identity: str = "p1", **fields: Any) -> dict[str, Any]:
    """A patch that nothing is wrong with, but for what is given."""
    return PATCH | {"id": identity} | fields


def text_of(**fields: str) -> str:
    """A patch in JSON whose given members are raw text, for what `json.dumps` cannot write."""
    members = {name: json.dumps(value) for name, value in PATCH.items()} | fields
    return "{" + ", ".join(f'"{name}": {value}' for name, value in members.items()) + "}"


def write(folder: Path, content: str | bytes, name: str = "export.json") -> Path:
    """The file, with exactly these bytes."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refusal(*paths: Path | str) -> tuple[Detail, ...]:
    """The problems of exports that must be refused; each names its file."""
    with pytest.raises(ExportRefused) as caught:
        load_patches_for_promotion(*paths)
    error = caught.value
    assert error.exit_code == 3
    assert error.details
    told = {str(path) for path in paths} | {"standard input"}
    assert all(detail.file in told for detail in error.details)
    return error.details


def places(details: tuple[Detail, ...]) -> list[tuple[str | None, int | None]]:
    """Pointer and line of each problem."""
    return [(detail.pointer, detail.line) for detail in details]


def manifest(listed: list[Any], **changes: Any) -> dict[str, Any]:
    """A manifest with its digest as DESIGN 3.1 defines it, written here without the product's code."""
    content = {"schema_version": 1, "manifest_id": "m-é-1", "patches": listed}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return content | {"integrity": {"content_sha256": digest}} | changes
