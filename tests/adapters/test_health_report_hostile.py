"""Hostile JUnit: no DOCTYPE, no entity, no depth and no misplaced element gets past, with lxml or without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from promobot.adapters.health_report import read_health
from tests.adapters.test_health_report_junit import CLAIMS, COUNTED, FAIL, PASS, TIMES, counts, refused
from tests.support.workspace import ROOT

BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "billion laughs": (f'<!DOCTYPE x [<!ENTITY a0 "x">{BOMB}]><testsuite>&a9;</testsuite>', "has a DOCTYPE"),
    "external entity": (
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite>&a;</testsuite>',
        "has a DOCTYPE",
    ),
    "external subset": ('<!DOCTYPE testsuite SYSTEM "http://127.0.0.1:9/x.dtd"><testsuite/>', "has a DOCTYPE"),
    "public subset": ('<!DOCTYPE testsuite PUBLIC "x" "http://127.0.0.1:9/x"><testsuite/>', "has a DOCTYPE"),
    "parameter entity": ('<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]><testsuite/>', "has a DOCTYPE"),
    "default attribute": (
        f'<!DOCTYPE x [<!ATTLIST testsuite timestamp CDATA "2099-01-01">]><testsuite>{PASS}</testsuite>',
        "has a DOCTYPE",
    ),
    "empty DOCTYPE": ("<!DOCTYPE testsuite><testsuite/>", "has a DOCTYPE"),
    "DOCTYPE behind a declaration": (
        '<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE\ntestsuite\n[]><testsuite/>',
        "has a DOCTYPE",
    ),
    "small doctype": ("<!doctype testsuite><testsuite/>", "is not well-formed XML (line 1)"),
    "entity of nobody": ("<testsuite>\n&someone;</testsuite>", "is not well-formed XML (line 2)"),
    "deep": ("<testsuite>" * 65 + "</testsuite>" * 65, "is nested deeper than 64 levels"),
    "deep in what counts for nothing": (
        f"<testsuite>{'<a>' * 64}{'</a>' * 64}</testsuite>",
        "is nested deeper than 64",
    ),
    "very deep": ("<testsuite>" * 1_000_000, "is nested deeper than 64 levels"),
    "not closed": ("<testsuite>\n<testcase>", "is not well-formed XML (line 2)"),
    "closed otherwise": ("<testsuite></testcase>", "is not well-formed XML (line 1)"),
    "two roots": ("<testsuite/><testsuite/>", "is not well-formed XML (line 1)"),
    "attribute twice": ('<testsuite failures="1" failures="0"/>', "is not well-formed XML (line 1)"),
    "control character": ("<testsuite>\x01</testsuite>", "is not well-formed XML (line 1)"),
    "other root": (f"<html>{PASS}</html>", "is no JUnit: "),
    "case as the root": (PASS, "is no JUnit: "),
    "suite in another root": (f"<report><testsuite>{PASS}</testsuite></report>", "is no JUnit: "),
    "root in capitals": ("<TestSuite/>", "is no JUnit: "),
    "namespace": ('<testsuite xmlns="urn:someone"/>', "uses an XML namespace"),
    "failure in a namespace": (
        '<testsuite xmlns:a="urn:someone"><testcase><a:failure/></testcase></testsuite>',
        "uses an XML namespace",
    ),
    "case outside a suite": (f"<testsuites>{FAIL}</testsuites>", "has the element testcase "),
    "case in a case": (f"<testsuite><testcase>{FAIL}</testcase></testsuite>", "has the element testcase "),
    "failure outside a case": ("<testsuite><failure/></testsuite>", "has the element failure "),
    "error at the root": ("<testsuites><error/></testsuites>", "has the element error "),
    "failure in what nobody knows": ("<testsuite><x><failure/></x></testsuite>", "has the element failure "),
    "failure in skipped": (
        "<testsuite><testcase><skipped><failure/></skipped></testcase></testsuite>",
        "has the element failure ",
    ),
    "suite in a case": (
        f"<testsuite><testcase><testsuite>{FAIL}</testsuite></testcase></testsuite>",
        "has the element testsuite ",
    ),
    "suites in a suite": (f"<testsuite><testsuites>{FAIL}</testsuites></testsuite>", "has the element testsuites "),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_report_is_a_reason(tmp_path: Path, case: str) -> None:
    text, reason = HOSTILE[case]
    assert refused(tmp_path, text).startswith(reason)


def test_the_depth_limit_is_inclusive(tmp_path: Path) -> None:
    assert counts("<testsuite>" * 63 + PASS + "</testsuite>" * 63) == (1, 0, 0)


LXML = """\
from xml.etree import ElementTree

def parsed(*args, **more): raise SystemExit("lxml parsed the report, and lxml resolves entities")

fromstring = parse = XML = iterparse = XMLParser = parsed
class Element(list):
    def __init__(self, tag): self.tag, self.attrib = tag, {}
"""
SHOW = """\
import sys; from pathlib import Path
import junitparser.junitparser as used; assert used.etree.__file__.startswith(sys.argv[1]), used.etree
from promobot.adapters.health_report import read_health
print([read_health(Path(path), "x") for path in sys.argv[2:]])
"""


def test_it_is_the_same_where_lxml_is_installed(tmp_path: Path) -> None:
    """junitparser takes lxml when it is there; a stand-in shows that lxml only ever makes empty elements for it."""
    library = tmp_path / "library"
    (library / "lxml").mkdir(parents=True)
    (library / "lxml" / "__init__.py").touch()
    (library / "lxml" / "etree.py").write_text(LXML)
    paths = []
    for number, (text, _) in enumerate(
        [*COUNTED.values(), *CLAIMS.values(), *TIMES.values(), HOSTILE["external entity"]]
    ):
        paths.append(tmp_path / f"{number}.xml")
        paths[-1].write_text(text)
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(library), str(ROOT)])}
    done = subprocess.run(
        [sys.executable, "-c", SHOW, library, *paths], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == repr([read_health(path, "x") for path in paths])
