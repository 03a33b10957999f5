"""`promobot schema`: what it prints, that the committed copies are the same, and that nobody else pays for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from promobot.core.schemas import schema_text
from tests.support.fake_github.git import clean_env
from tests.support.workspace import ROOT, Ran

NAMES = ["policy", "export", "result"]


def promobot(folder: Path, *arguments: str) -> Ran:
    """promobot as its own process, in a folder that is no repository."""
    done = subprocess.run(
        [sys.executable, "-m", "promobot", *arguments],
        cwd=folder, env=clean_env({"PYTHONPATH": str(ROOT)}), capture_output=True, check=False,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout.decode("ascii"), done.stderr.decode())


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_copy_is_what_the_command_prints(tmp_path: Path, name: str) -> None:
    ran = promobot(tmp_path, "schema", name)
    assert (ran.code, ran.err) == (0, "")
    path = f"config/schemas/{name}.schema.json"
    committed = (ROOT / path).read_text(encoding="ascii")
    assert committed == ran.out, f"the models changed; renew the copy: promobot schema {name} >{path}"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_tidy_document_of_the_dialect_it_names(name: str) -> None:
    text = schema_text(name)
    schema = json.loads(text)
    assert text == json.dumps(schema, indent=2, sort_keys=True) + "\n"
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == f"promobot {name}"
    assert schema["description"]
    assert "DESIGN" not in text
    Draft202012Validator.check_schema(schema)


def test_an_unknown_name_is_a_usage_error(tmp_path: Path) -> None:
    ran = promobot(tmp_path, "schema", "polcy")
    assert (ran.code, ran.out) == (2, "")
    assert "promobot schema --help" in ran.err
    assert promobot(tmp_path, "schema", "polcy", "--format=json").json["error"]["exit_code"] == 2


def test_the_help_says_what_a_schema_is_for(tmp_path: Path) -> None:
    told = promobot(tmp_path, "schema", "--help").out
    assert all(word in told for word in ("editor", "export", "Examples", *NAMES))
    assert max(map(len, told.splitlines())) <= 80


def test_no_other_command_pays_for_schemas(tmp_path: Path) -> None:
    asked = "import sys, promobot.cli.app; sys.exit('promobot.core.schemas' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, env=clean_env({"PYTHONPATH": str(ROOT)}), check=False
    )
    assert done.returncode == 0
