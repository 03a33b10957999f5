"""The checklist of the shipped example export, byte for byte, so that a change of its words is seen in review.

After an intended change, write the golden file anew, read its diff, and commit both together:

    PROMOBOT_RENEW_GOLDEN=1 pytest -n0 tests/core/rendering/test_golden.py
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from promobot.adapters.exports import load_patches_for_promotion
from promobot.core.policy.file import parse_policy
from tests.core.rendering.cycle import cycle
from tests.support import gfm

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden" / "example_export.md"
# Read at import: every test runs in an environment without the variables of a user or a forge.
RENEW = os.environ.get("PROMOBOT_RENEW_GOLDEN") == "1"
EXPORT = ROOT / "reports/learning_snippets/2026-11-20-walk-forward.json"


def example_checklist() -> str:
    """The example export under the example policy, over the example base config with no override yet."""
    policy = parse_policy((ROOT / "config/promobot.toml").read_bytes(), "config/promobot.toml")
    base = tomllib.loads((ROOT / "config/config.toml").read_text(encoding="utf-8"))
    return cycle(load_patches_for_promotion(EXPORT), {}, base, policy).checklist


def test_the_examples_checklist_is_as_reviewed() -> None:
    made = example_checklist()
    if RENEW:
        GOLDEN.write_text(made, encoding="utf-8", newline="\n")
    assert made == GOLDEN.read_bytes().decode("utf-8")


def test_the_golden_file_is_a_sound_page() -> None:
    golden = GOLDEN.read_bytes().decode("utf-8")
    assert gfm.findings(golden) == []
    assert len(gfm.read(golden).boxes) == 5
