"""promote.yml itself, run by act: a real push over HTTP, an API beside it, one pull request, and calm after that."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.forge import ROOT, TOKEN, Forge, git, running_forge
from tests.support.act import ActRun
from tests.support.act_stubs import APP_TOKEN

# One worker: act, npm and pip side by side would only wait for each other.

EXPORT = [
    {
        "id": "leverage-7",
        "target": "portfolio.leverage",
        "old_value": 1.0,
        "new_value": 1.25,
        "status": "PROMOTED",
        "confidence_score": 0.93,
        "reason": "::error::not a command\r::stop-commands::x\n##[error]nor this",
        "meta": {"is_live_ready": True},
    }
]

CALLER = f"""\
name: caller
on: schedule
permissions: {{}}
jobs:
  promote:
    permissions:
      contents: write
      pull-requests: write
    uses: ./.github/workflows/promote.yml
    with:
      export-json: '{json.dumps(EXPORT[0] | {"reason": "called"})}'
  after:
    needs: promote
    runs-on: ubuntu-24.04
    steps:
      - env:
          OUTCOME: ${{{{ needs.promote.outputs.outcome }}}}
          NUMBER: ${{{{ needs.promote.outputs.pull-request-number }}}}
          URL: ${{{{ needs.promote.outputs.pull-request-url }}}}
        run: echo "told $OUTCOME $NUMBER $URL"
"""


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    with running_forge(tmp_path) as running:
        yield running


def test_one_export_becomes_one_pull_request_and_stays_one(forge: Forge) -> None:
    main = forge.branches()["main"]
    first = forge.run("workflow_dispatch")
    assert first.code == 0, first.log
    pull_request = _the_proposal(forge, first)
    assert forge.branches()["main"] == main
    assert "Summary - **opened**" in first.log
    assert TOKEN not in first.log

    heads, requests = forge.branches(), len(forge.emulator.requests)
    pushes = _pushes(forge)
    second = forge.run("workflow_dispatch")
    assert second.code == 0, second.log
    assert outputs(second)["outcome"] == "unchanged"
    assert outputs(second)["pull-request-number"] == str(pull_request["number"])
    assert forge.branches() == heads
    assert forge.pull_requests() == [pull_request]
    assert len(forge.emulator.requests) > requests, "the second run did not even look"
    assert not [request for request in forge.emulator.requests[requests:] if request.writes]
    assert _pushes(forge) == pushes


def test_commits_made_through_the_api_need_no_push(tmp_path: Path) -> None:
    policy = (ROOT / "config" / "promobot.toml").read_text(encoding="utf-8")
    assert 'commits = "git"' in policy
    by_api = {"config/promobot.toml": policy.replace('commits = "git"', 'commits = "api"')}
    with running_forge(tmp_path, files=by_api) as forge:
        first = forge.run("workflow_dispatch")
        assert first.code == 0, first.log
        _the_proposal(forge, first)
        written = [
            request.path.rpartition("/git/")[2] for request in forge.emulator.writes() if "/git/" in request.path
        ]
        assert {"commits", "refs", "trees"} <= set(written)
        assert _pushes(forge) == 0

        heads, writes = forge.branches(), forge.emulator.writes()
        second = forge.run("workflow_dispatch")
        assert second.code == 0, second.log
        assert outputs(second)["outcome"] == "unchanged"
        assert (forge.branches(), forge.emulator.writes()) == (heads, writes)


@pytest.mark.parametrize("as_text", [False, True], ids=["json", "text"])
def test_a_dispatched_export_is_proposed_and_its_text_commands_nothing(forge: Forge, *, as_text: bool) -> None:
    export = json.dumps(EXPORT) if as_text else EXPORT
    run = forge.run("repository_dispatch", {"action": "promobot-export", "client_payload": {"export": export}})
    assert run.code == 0, run.log
    _the_proposal(forge, run)
    commit = next(iter(forge.proposals().values()))
    patches = json.loads(forge.artifact(commit, "config_patches.json"))
    assert "leverage-7" in json.dumps(patches)
    assert not re.search(r"(?:\||❗|⚙)\s+::(?:error::not a command|stop-commands::x)|##\[error\]nor this", run.log)


def test_a_dispatch_without_an_export_is_refused(forge: Forge) -> None:
    run = forge.run("repository_dispatch", {"action": "promobot-export", "client_payload": {}})
    assert run.code != 0
    assert "exit status 3" in run.log, run.log
    assert not forge.proposals()
    assert not forge.emulator.writes()


def test_a_push_is_judged_by_the_exports_it_brings(forge: Forge) -> None:
    """Not by the newest file there is: two pushes in one minute would otherwise hide each other."""
    before = forge.branches()["main"]
    pushed = forge.commit({"reports/learning_snippets/0000-older-name.json": json.dumps(EXPORT)}, "An export")
    run = forge.run("push", {"before": before, "after": pushed, "ref": "refs/heads/main"})
    assert run.code == 0, run.log
    _the_proposal(forge, run)
    commit = next(iter(forge.proposals().values()))
    assert "leverage-7" in forge.artifact(commit, "config_patches.json")

    gone = forge.commit({"reports/learning_snippets/README.txt": "no export\n"}, "No export")
    run = forge.run("push", {"before": pushed, "after": gone, "ref": "refs/heads/main"})
    assert run.code == 0, run.log
    assert "outcome" not in outputs(run)


def test_a_github_app_pushes_and_opens_where_its_secrets_are_set(tmp_path: Path) -> None:
    secrets = {"PROMOBOT_APP_ID": "Iv1.example", "PROMOBOT_PRIVATE_KEY": "not-a-key"}
    with running_forge(tmp_path, secrets=secrets) as forge:
        run = forge.run("workflow_dispatch")
        assert run.code == 0, run.log
        _the_proposal(forge, run)
        assert APP_TOKEN not in run.log


def test_another_workflow_calls_it_and_reads_its_outputs(tmp_path: Path) -> None:
    with running_forge(tmp_path, files={".github/workflows/caller.yml": CALLER}) as forge:
        run = forge.run("schedule", workflow=".github/workflows/caller.yml")
        assert run.code == 0, run.log
        pull_request = _the_proposal(forge, run)
        commit = next(iter(forge.proposals().values()))
        assert "leverage-7" in forge.artifact(commit, "config_patches.json")
        assert f"| told opened {pull_request['number']} {pull_request['html_url']}" in run.log


def outputs(run: ActRun) -> dict[str, str]:
    """The action's outputs, as act printed them last."""
    return dict(re.findall(r"::set-output:: ([a-z-]+)=(.*)$", run.log, re.MULTILINE))


def _the_proposal(forge: Forge, run: ActRun) -> dict[str, Any]:
    """Assert that there is one proposal, whole and consistent everywhere; answer its pull request."""
    ((branch, commit),) = forge.proposals().items()
    assert git(forge.bare, "rev-list", f"main..{branch}").split() == [commit]
    (pull_request,) = forge.pull_requests()
    assert pull_request["body"] == forge.artifact(commit, "OPERATOR_CHECKLIST.md")
    assert (pull_request["head"]["ref"], pull_request["head"]["sha"]) == (branch, commit)
    assert pull_request["base"]["ref"] == "main"
    assert [label["name"] for label in pull_request["labels"]] == ["promobot"]
    told = outputs(run)
    assert (told["outcome"], told["branch"], told["commit"]) == ("opened", branch, commit)
    assert told["pull-request-number"] == str(pull_request["number"])
    assert told["pull-request-url"] == pull_request["html_url"]
    meta = json.loads(forge.artifact(commit, "proposal_meta.json"))
    assert told["proposal-id"] == meta["proposal_id"]
    return pull_request


def _pushes(forge: Forge) -> int:
    return sum(request.service == "git-receive-pack" and request.method == "POST" for request in forge.server.requests)
