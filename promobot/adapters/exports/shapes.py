"""A JSON document -> the patch objects in it, each with its pointer: list, `{"patches": []}`, one patch, manifest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from itertools import islice
from typing import Any

from pydantic import ValidationError

from promobot.adapters.exports.pointers import pointer_step
from promobot.core.canonical import sha256_of
from promobot.core.models import ConfigPatch, PatchStatus
from promobot.core.problems import plain_message
from promobot.core.rendering.text import visible

MANIFEST_KEYS = ("schema_version", "manifest_id", "patches", "integrity")

# Beyond so many unknown fields an object is no patch with a spelling mistake, and is refused as a whole.
FEW = 20

# A finding before its line is known: (pointer, message).
Finding = tuple[str, str]


def patch_objects(document: Any, findings: list[Finding]) -> Iterator[tuple[str, Any]]:
    """(pointer, object) for each patch; what is wrong with the envelope goes into `findings`."""
    if isinstance(document, list):
        yield from _numbered("", document)
    elif not isinstance(document, dict):
        findings.append(("", "an export is a list of patches, an object with `patches`, or one patch object"))
    elif "patches" not in document:
        if set(document) & {"manifest_id", "integrity"}:
            findings.append(("", "a manifest needs the member `patches`"))
        else:
            yield "", document
    else:
        findings.extend(_envelope(document))
        if isinstance(document["patches"], list):
            yield from _numbered("/patches", document["patches"])
        else:
            findings.append(("/patches", "must be a list of patches"))


def read_patch(pointer: str, value: Any, findings: list[Finding]) -> ConfigPatch | None:
    """One patch, strictly; every problem of it goes into `findings`."""
    if not isinstance(value, dict):
        findings.append((pointer, "a patch is a JSON object"))
        return None
    unknown = [key for key in value if key not in ConfigPatch.model_fields]
    if len(unknown) > FEW:
        findings.append(
            (pointer, f"{len(unknown)} unknown fields; known fields: {', '.join(ConfigPatch.model_fields)}")
        )
        return None
    try:
        return ConfigPatch.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        # A union reports one problem for each of its types; one sentence for the field is enough.
        findings.extend(dict.fromkeys(_finding(pointer, problem, value) for problem in problems))
        return None


def _numbered(prefix: str, patches: list[Any]) -> Iterator[tuple[str, Any]]:
    return ((f"{prefix}/{number}", patch) for number, patch in enumerate(patches))


def _envelope(document: dict[str, Any]) -> Iterator[Finding]:
    manifest = bool(set(document) & {"schema_version", "manifest_id", "integrity"})
    known = MANIFEST_KEYS if manifest else ("patches",)
    for key in islice((key for key in document if key not in known), FEW):
        yield pointer_step(key), f"unknown member {visible(key, 60)}; known here: {', '.join(known)}"
    if manifest:
        yield from (("", f"a manifest needs the member `{key}`") for key in known if key not in document)
        yield from _manifest(document)


def _manifest(document: dict[str, Any]) -> Iterator[Finding]:
    if document.get("schema_version", 1) not in (1, "1", "1.0") or isinstance(document.get("schema_version"), bool):
        yield "/schema_version", "this version is not known; write 1"
    if not isinstance(document.get("manifest_id", ""), str):
        yield "/manifest_id", "must be a string"
    integrity = document.get("integrity", {})
    if "integrity" in document and not (isinstance(integrity, dict) and set(integrity) == {"content_sha256"}):
        yield "/integrity", "must be an object with the one member `content_sha256`"
    elif "integrity" in document:
        content = {key: value for key, value in document.items() if key != "integrity"}
        if integrity["content_sha256"] != sha256_of(content):
            yield "/integrity/content_sha256", "does not match the manifest's content; the file was changed on its way"


def _finding(pointer: str, problem: Any, patch: dict[str, Any]) -> Finding:
    """One of pydantic's problems in our words; nothing of the patch is repeated but an unknown field's name."""
    field = str(problem["loc"][0])
    place = pointer + pointer_step(field)
    if problem["type"] == "extra_forbidden":
        near = _nearest(field, ConfigPatch.model_fields)
        hint = f"did you mean {near}?" if near else f"known fields: {', '.join(ConfigPatch.model_fields)}"
        return place, f"unknown field {visible(field, 60)}; {hint}"
    if field in ("new_value", "old_value") and len(problem["loc"]) > 1:
        return place, "must be true, false, a 64-bit integer, a finite number or a string of up to 1,000 characters"
    if field == "status" and problem["type"] != "missing":
        given = patch["status"]
        near = _nearest(given, PatchStatus) if isinstance(given, str) else None
        return place, f"must be one of {', '.join(PatchStatus)}" + (f"; did you mean {near}?" if near else "")
    return place, plain_message(problem)


def _nearest(text: str, names: Iterable[str]) -> str | None:
    """The name that the text is most like, whatever its case; only the text's beginning is looked at."""
    known = {name.lower(): name for name in names}
    near = get_close_matches(text[:60].lower(), known, 1)
    return known[near[0]] if near else None
