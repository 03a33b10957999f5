"""A landed proposal whose meta holds other types than promobot writes: a finding on its commit, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from promobot.core.intake import Intake
from promobot.core.prepared import prepare
from promobot.core.rendering.artifacts import META
from tests.support.audit import Trail
from tests.support.builders import NOW
from tests.support.gate import lever

ODD: dict[str, tuple[str, object, set[str]]] = {
    "a kind that is a list": ("kind", [], {"artifact_unreadable", "digest_mismatch"}),
    "a kind that is an object": ("kind", {}, {"artifact_unreadable", "digest_mismatch"}),
    "no mode": ("mode", None, {"artifact_unreadable"}),
    "a digest that is a number": ("digest", 5, {"digest_mismatch", "id_mismatch", "patches_mismatch"}),
    "no changes": ("changes", None, {"artifact_unreadable"}),
    "a change without members": ("changes", [{}], {"artifact_unreadable"}),
    "a base that is a list": ("base", [], {"artifact_unreadable"}),
    "no base": ("base", None, {"artifact_unreadable"}),
    "a base commit that is a list": ("base", {"branch": "main", "commit": ["x"]}, {"unknown_base"}),
    "a base commit that is an option": ("base", {"branch": "main", "commit": "--output=x"}, {"unknown_base"}),
    "facts that are a list": ("facts", [], {"artifact_unreadable"}),
    "a time after all times": ("facts", {"evaluated_at": "9999-12-31T23:59:59-23:59"}, {"artifact_unreadable"}),
    "an id with no time": ("proposal_id", "live_promotion_99999999T999999Z_0", {"artifact_unreadable", "id_mismatch"}),
    "a wish on a promotion": ("wish", [], {"artifact_altered"}),
    "overrides that are a number": ("overrides", 3, {"artifact_altered"}),
    "no policy": ("policy", None, {"artifact_altered"}),
    "no export": ("export", None, {"artifact_unreadable"}),
    "evidence that is an object": ("evidence_digest", {}, {"artifact_altered"}),
    "reverts that are a list": ("reverts", [], {"artifact_altered"}),
    "an engine of a thousand digits": ("engine_version", "1" * 1000, {"artifact_unreadable"}),
}


@pytest.mark.parametrize(("member", "value", "codes"), ODD.values(), ids=ODD)
def test_it_is_a_finding(member: str, value: object, codes: set[str], tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    proposed = prepare(trail.gate.state(), Intake((lever(1.7),)), None, NOW).proposed
    assert proposed is not None
    path = f"{proposed.proposal.output_dir}/{META}"
    meta = json.loads(proposed.files[path]) | {member: value}
    landed = trail.commit({**proposed.files, path: json.dumps(meta)})
    trail.land_later()
    assert trail.found() == {(code, landed) for code in codes}
