"""Whole documents: envelopes, manifests, JSON lines, ids, statuses and times (DESIGN 3.1)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.support.hostile_exports.case import Case, as_bytes, held, judged, member_refused, moves, p, refused, taken

TARGET = "portfolio.leverage"
NO_OBJECT, NO_EXPORT = "a patch is a JSON object", "an export is a list of patches"
OTHER_ID = "another patch has this id already"


def manifest(listed: list[Any], **changes: Any) -> bytes:
    """A manifest; its digest is that of DESIGN 3.1, of the content before the changes."""
    content = {"schema_version": 1, "manifest_id": "m-\u00e9", "patches": listed}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return as_bytes(content | {"integrity": {"content_sha256": hashlib.sha256(canonical).hexdigest()}} | changes)


LINES = "export.jsonl"


def lines(*texts: bytes) -> bytes:
    """JSON lines."""
    return b"\n".join(texts)


ENVELOPES = [
    taken("one patch object", as_bytes(p())),
    taken("an object with patches", as_bytes({"patches": [p()]})),
    taken("a manifest", manifest([p()])),
    taken("JSON lines", lines(b"", as_bytes(p()), b" \t\r", b""), name=LINES),
    taken("standard input", as_bytes([p()]), name="-"),
    Case("empty patches", as_bytes({"patches": []})),
    Case("empty JSON lines", lines(b"", b"\r"), name=LINES),
    refused("standard input is refused too", b"[", ("/0", 1, "the text ends"), name="-"),
    refused("a changed manifest", manifest([p()], patches=[p(new_value=2.0)]),
            ("/integrity/content_sha256", 1, "does not match")),
    refused("a digest of zeros", manifest([p()], integrity={"content_sha256": "0" * 64}),
            ("/integrity/content_sha256", 1, "does not match")),
    refused("a digest that is null", manifest([p()], integrity={"content_sha256": None}),
            ("/integrity/content_sha256", 1, "does not match")),
    refused("a manifest without its digest", as_bytes({"schema_version": 1, "manifest_id": "m", "patches": [p()]}),
            ("", 1, "needs the member `integrity`")),
    refused("a manifest under another name", as_bytes({"integrity": {"content_sha256": "x"}, "Patches": [p()]}),
            ("", 1, "needs the member `patches`")),
    refused("a manifest of another version", manifest([p()], schema_version=2),
            ("/schema_version", 1, "not known"), ("/integrity/content_sha256", 1, "does not match")),
    refused("an approval beside the patches", as_bytes({"patches": [p()], "approved": True}),
            ("/approved", 1, "unknown member")),
    refused("patches as an object", as_bytes({"patches": {"0": p()}}), ("/patches", 1, "must be a list")),
    refused("patches as text", as_bytes({"patches": json.dumps([p()])}), ("/patches", 1, "must be a list")),
    refused("a list in a list", as_bytes([[p()]]), ("/0", 1, NO_OBJECT)),
    refused("null as a document", b"null", ("", 1, NO_EXPORT)),
    refused("a text that holds JSON", as_bytes(as_bytes([p()]).decode()), ("", 1, NO_EXPORT)),
    refused("one good and one that is none", as_bytes([p(), None]), ("/1", 1, NO_OBJECT)),
    refused("a list in JSON lines", lines(as_bytes(p()), as_bytes([p(identity="q")])), ("", 2, NO_OBJECT), name=LINES),
    refused("two patches on a line", lines(b"", as_bytes(p()) + as_bytes(p(identity="q"))),
            ("", 2, "goes on after"), name=LINES),
    refused("JSON lines of 64 levels and one more", lines(b'{"meta":' + b"[" * 64), ("/meta" + "/0" * 63, 1, "deeper"),
            name=LINES),
]  # fmt: skip

IDENTITIES = [
    refused("equal ids", as_bytes([p(), p(new_value=1.1)]), ("/1/id", 1, OTHER_ID)),
    refused("ids equal but for their case", as_bytes([p(), p(identity="P")]), ("/1/id", 1, OTHER_ID)),
    refused("equal ids in two files", as_bytes([p()]), ("/id", 1, OTHER_ID), more={"b.jsonl": as_bytes(p())}),
    refused("an id that is taken by a patch of another status", as_bytes([p(status="REJECTED"), p()]),
            ("/1/id", 1, OTHER_ID)),
    member_refused("id with a line break", "id", "p\n", "must match"),
    member_refused("id with a NUL", "id", "p\0", "must match"),
    member_refused("id with an escape sequence", "id", "p\x1b[2J", "must match"),
    member_refused("id of 129 characters", "id", "p" * 129, "must match"),
    member_refused("id that is empty", "id", "", "must match"),
    member_refused("id that is a path", "id", "../../etc/passwd", "must match"),
    member_refused("id that is an option", "id", "--force", "must match"),
    member_refused("id that is a number", "id", 7, "must be a string"),
    member_refused("id in Kelvin", "id", "\u212a", "must match"),
    judged("id of 128 characters", p(identity="p" * 128), applied={TARGET: 1.25}, **{"p" * 128: ""}),
    Case("two files, one question", as_bytes([p()]), more={"b.json": as_bytes([p(identity="q")])},
         decided={"p": "", "q": ""}, applied={TARGET: 1.25}),
    Case("two files that disagree", as_bytes([p()]), more={"b.json": as_bytes([p(new_value=1.1, identity="q")])},
         decided={"p": "conflict", "q": "conflict"}),
    refused("one good file and one that is not", as_bytes([p()]), ("", 1, "not UTF-8"), more={"b.json": b"\xff"}),
]  # fmt: skip

FIELDS = [
    member_refused("a field that grants", "eligible_for_live", True, "unknown field"),
    member_refused("a misspelt field", "newvalue", 1.0, "did you mean new_value?"),
    member_refused("a field in capitals", "TARGET", "desk.size", "did you mean target?"),
    member_refused("a field of the class", "model_config", {"extra": "allow"}, "unknown field"),
    member_refused("a prototype as a field", "__proto__", {"status": "PROMOTED"}, "unknown field"),
    refused("nothing at all", as_bytes([{}]), *((f"/0/{name}", 1, "is required and missing")
            for name in ("id", "target", "new_value", "status"))),
    refused("every member wrong, each told", as_bytes([{"id": 1, "target": "a b", "new_value": [], "status": "x"}]),
            ("/0/id", 1, "string"), ("/0/target", 1, "match"), ("/0/new_value", 1, "must be true"),
            ("/0/status", 1, "must be one of")),
    member_refused("reason as a list", "reason", ["x"], "must be a string"),
    member_refused("experiment as an object", "source_experiment_id", {}, "must be a string"),
    member_refused("meta as a list", "meta", [{"tier": "core"}], "must be an object"),
    member_refused("meta as text", "meta", "{}", "must be an object"),
    moves("meta null", TARGET, 1.25, meta=None),
    moves("a reason that is a command", TARGET, 1.25, reason="::error::\n| `x` <img src=x> @all $(reboot)"),
    moves("an experiment that is a path", TARGET, 1.25, source_experiment_id="../../config/promobot.toml"),
]  # fmt: skip

STATUSES = [
    moves("PROMOTED", TARGET, 1.25, status="PROMOTED"),
    *(judged(f"{name} is no candidate", p(status=name)) for name in ("PROPOSED", "REJECTED", "RETIRED")),
    judged("one that is no candidate makes no conflict", p(), p(new_value=9.0, identity="q", status="REJECTED"),
           applied={TARGET: 1.25}, p=""),
    member_refused("status in small letters", "status", "promoted", "did you mean PROMOTED?"),
    member_refused("status in words", "status", "Applied Offline", "did you mean APPLIED_OFFLINE?"),
    member_refused("status misspelt", "status", "APPLIED_OFLINE", "did you mean APPLIED_OFFLINE?"),
    member_refused("status with a look-alike", "status", "PR\u041eMOTED", "did you mean PROMOTED?"),
    member_refused("status of the decision", "status", "ACCEPTED_FOR_PROPOSAL", "must be one of"),
    member_refused("status null", "status", None, "must be one of"),
    member_refused("status as a list", "status", ["PROMOTED"], "must be one of"),
]  # fmt: skip

TIMES = [
    member_refused("a time in words", "generated_at", "yesterday", "ISO 8601"),
    member_refused("a time as seconds", "applied_at", 1795348800, "ISO 8601"),
    member_refused("a day that is none", "promoted_at", "2026-02-30T00:00:00Z", "ISO 8601"),
    member_refused("a time beyond the calendar", "generated_at", "9999-12-31T23:59:59-12:00", "years 1 to 9999"),
    member_refused("a time in other digits", "generated_at", "\u0662\u0660\u0662\u0666-01-31", "ISO 8601"),
    moves("a naive time", TARGET, 1.25, generated_at="2026-11-22T11:59:59"),
    taken("a far future only warns", as_bytes([p(generated_at="9999-12-31T23:59:59Z")]),
         warns=("patch p: generated_at lies in the future",)),
    taken("a second ahead in another zone", as_bytes([p(applied_at="2026-11-22T22:00:01+10:00")]),
         warns=("patch p: applied_at lies in the future",)),
    taken("ten hours ahead in text only", as_bytes([p(applied_at="2026-11-22T22:00:00+10:00")])),
    held("an old confidence stays one", TARGET, 1.25, "auto_confidence", confidence_score=0.79,
         generated_at="1970-01-01"),
]  # fmt: skip

CASES = [*ENVELOPES, *IDENTITIES, *FIELDS, *STATUSES, *TIMES]
