"""The reader of the report: whatever the file is, it answers with a report or with a reason, and quotes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from promobot.adapters.health_report import MAX_BYTES, read_health
from promobot.core.health import Health, HealthReport, NoReport, health_json, health_of_json

SUMMARY = {"health_score": 97.5, "passed_checks": 39, "failed_checks": 1, "finished_at": "2026-11-22T10:00:00Z"}
JUNIT = '<testsuite timestamp="2026-11-22T10:00:00Z" time="1.5"><testcase/><testcase><failure/></testcase></testsuite>'
MARK = "@someone <b>quoted</b>"
CONTENT = {".json": json.dumps(SUMMARY).encode(), ".xml": JUNIT.encode()}
FORMS = sorted(CONTENT)


def put(folder: Path, data: bytes, form: str) -> Path:
    path = folder / f"report{form}"
    path.write_bytes(data)
    return path


def problem(health: Health, name: str) -> str:
    """The reason; it begins with the report's name and quotes nothing from the file."""
    assert isinstance(health, NoReport)
    assert health.problem.startswith(f"{name} ")
    assert not any(part in health.problem for part in (MARK, "someone", "quoted", "\n"))
    return health.problem.removeprefix(f"{name} ")


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_read_and_its_bytes_are_hashed(tmp_path: Path, form: str) -> None:
    health = read_health(put(tmp_path, CONTENT[form], form), "reports/x")
    assert isinstance(health, HealthReport)
    assert health.sha256 == hashlib.sha256(CONTENT[form]).hexdigest()
    assert health.score == {".json": 97.5, ".xml": 50.0}[form]


@pytest.mark.parametrize("form", FORMS)
def test_the_file_is_opened_once(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was hashed is what was parsed, whoever writes to the file meanwhile."""
    path, really = put(tmp_path, CONTENT[form], form), os.open
    opened: list[object] = []

    def noted(place: Path, flags: int) -> int:
        opened.append(place)
        return really(place, flags)

    monkeypatch.setattr(os, "open", noted)
    read_health(path, "reports/x")
    assert opened == [path]


def _missing(_path: Path) -> None:
    pass


def _below_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text(MARK)


def _link(path: Path) -> None:
    real = path.with_name(f"real{path.suffix}")
    real.write_bytes(CONTENT[path.suffix])
    path.symlink_to(real)


def _linked_folder(path: Path) -> None:
    real = path.parent.rename(path.parent.with_name("real"))
    (real / path.name).write_bytes(CONTENT[path.suffix])
    path.parent.symlink_to(real)


def _endless(path: Path) -> None:
    path.touch()
    os.truncate(path, 2**40)


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (_missing, "is missing; "),
    "missing folder": (lambda path: path.parent.rmdir(), "is missing; "),
    "below a file": (_below_a_file, "cannot be read ("),
    "folder": (Path.mkdir, "is a folder; "),
    "named pipe": (os.mkfifo, "is not a file; "),
    "socket": (lambda path: os.mknod(path, stat.S_IFSOCK | 0o600), "cannot be read ("),
    "link": (_link, "is a symbolic link "),
    "link to nothing": (lambda path: path.symlink_to("nothing"), "is a symbolic link "),
    "link to itself": (lambda path: path.symlink_to(path), "is a symbolic link "),
    "linked folder": (_linked_folder, "is a symbolic link "),
    "larger than any memory": (_endless, "is larger than 16 MiB; "),
    "empty": (Path.touch, "is not "),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_no_file_is_a_reason(tmp_path: Path, place: str, form: str) -> None:
    make, reason = PLACES[place]
    (tmp_path / "reports").mkdir()
    path = tmp_path / "reports" / f"health{form}"
    make(path)
    found: list[Health] = []
    reader = threading.Thread(target=lambda: found.append(read_health(path, f"reports/health{form}")), daemon=True)
    reader.start()
    reader.join(60)
    assert found, "it hangs"
    assert problem(found[0], f"reports/health{form}").startswith(reason)


def test_a_link_above_the_checkout_is_the_machines_own_matter(tmp_path: Path) -> None:
    (tmp_path / "real" / "reports").mkdir(parents=True)
    (tmp_path / "checkout").symlink_to(tmp_path / "real")
    path = put(tmp_path / "checkout" / "reports", CONTENT[".xml"], ".xml")
    assert isinstance(read_health(path, "reports/report.xml"), HealthReport)


@pytest.mark.parametrize("trouble", [PermissionError(13, "Permission denied"), OSError(5, "Input/output error")])
def test_a_file_that_cannot_be_read_is_a_reason(
    tmp_path: Path, trouble: OSError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> int:
        raise trouble

    path = put(tmp_path, CONTENT[".json"], ".json")
    monkeypatch.setattr(os, "open", refuse)
    assert problem(read_health(path, "x.json"), "x.json").startswith(f"cannot be read ({trouble.strerror}); ")


@pytest.mark.parametrize("path", ["a\0b.json", f"{'x' * 5000}.json", "a/\ud800.json"])
def test_a_path_that_no_file_can_have_is_a_reason(tmp_path: Path, path: str) -> None:
    assert problem(read_health(tmp_path / path, "x.json"), "x.json")


@pytest.mark.parametrize("name", ["report", "report.toml", "report.xml.gz", ".json", "json"])
def test_only_two_forms_are_known(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CONTENT[".json"])
    assert problem(read_health(tmp_path / name, name), name).startswith("is neither .json ")


@pytest.mark.parametrize("form", [".JSON", ".Xml"])
def test_the_case_of_the_form_does_not_matter(tmp_path: Path, form: str) -> None:
    assert isinstance(read_health(put(tmp_path, CONTENT[form.lower()], form), "x"), HealthReport)


@pytest.mark.parametrize("form", FORMS)
def test_the_size_limit_is_inclusive(tmp_path: Path, form: str) -> None:
    fits = CONTENT[form].ljust(MAX_BYTES)
    assert isinstance(read_health(put(tmp_path, fits, form), "x"), HealthReport)
    assert problem(read_health(put(tmp_path, fits + b" ", form), "x"), "x").startswith("is larger than 16 MiB; ")


ENCODINGS: dict[str, tuple[Callable[[str], bytes], str]] = {
    "UTF-16": (lambda text: text.encode("utf-16"), "is not UTF-8; "),
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-be"), "holds NUL "),
    "UTF-32": (lambda text: text.encode("utf-32"), "is not UTF-8; "),
    "UTF-7": (lambda text: text.encode("utf-7").replace(b"<", b"+ADw-").replace(b"{", b"+AHs-"), "is not "),
    "EBCDIC": (lambda text: text.encode("cp037"), "is not UTF-8; "),
    "Latin-1": (lambda text: text.encode() + "ü".encode("latin-1"), "is not UTF-8; "),
    "half a surrogate": (lambda text: text.encode() + b"\xed\xa0\x80", "is not UTF-8; "),
    "a byte order mark": (lambda text: text.encode("utf-8-sig"), "starts with a byte order mark; "),
    "NUL at the end": (lambda text: text.encode() + b"\0", "holds NUL "),
    "cut off": (lambda text: text.encode()[:-1], "is not "),
    "twice": (lambda text: text.encode() * 2, "is not "),
    "text behind it": (lambda text: f"{text}{MARK}".encode(), "is not "),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_bytes_must_be_one_document_in_utf8(tmp_path: Path, encoding: str, form: str) -> None:
    encode, reason = ENCODINGS[encoding]
    path = put(tmp_path, encode(CONTENT[form].decode()), form)
    assert problem(read_health(path, "reports/x"), "reports/x").startswith(reason)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*SUMMARY, "profile_name", "x"]), inner),
)
_PIECES = [
    *("<testsuites>", "</testsuites>", "<testsuite>", "</testsuite>", "<testcase>", "</testcase>", "<testcase/>"),
    *("<failure/>", "<skipped/>", "<flakyError/>", "<x>", "</x>", "<!DOCTYPE a>", "<![CDATA[", "]]>", "&lt;", "&a;"),
    *(
        '<testsuite errors="3">',
        '<testsuite timestamp="2026" time="9e999">',
        '<testsuite timestamp="0001-01-01T00+01">',
    ),
    *("{", "}", "[", "]", ",", ":", "NaN", "1e999", '"a"', '"health_score"', "9" * 30, "\ufeff", "\ud800", "\0"),
]
_DOCUMENTS = (
    st.binary()
    | st.lists(st.sampled_from(_PIECES)).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass"))
    | st.tuples(_JSON, st.booleans()).map(
        lambda told: json.dumps(told[0], ensure_ascii=told[1]).encode("utf-8", "replace")
    )
    | st.dictionaries(st.sampled_from([*SUMMARY, "profile_name", "trigger_violations"]), _JSON).map(
        lambda changed: json.dumps(SUMMARY | changed).encode()
    )
)


@settings(deadline=None, max_examples=400)
@given(_DOCUMENTS, st.sampled_from(FORMS), st.integers(0, 200), st.integers(0, 3), st.binary(max_size=4), st.text())
@example(b"", ".xml", 0, 0, b"", "")
def test_any_bytes_are_a_report_or_a_reason(
    data: bytes, form: str, place: int, gone: int, put_in: bytes, name: str
) -> None:
    """Any bytes, and a report with a piece of it replaced: no exception; the answer survives being recorded."""
    replaced = CONTENT[form][:place] + put_in + CONTENT[form][place + gone :]
    with tempfile.TemporaryDirectory() as folder:
        for content in (data, replaced):
            health = read_health(put(Path(folder), content, form), name)
            assert isinstance(health, HealthReport) or health.problem.startswith(f"{name} ")
            # As the artifacts do: a text file in UTF-8. The name is the policy's, and that is UTF-8 already.
            recorded = json.dumps(health_json(health), ensure_ascii=False, allow_nan=False).encode()
            assert health_of_json(json.loads(recorded)) == health
