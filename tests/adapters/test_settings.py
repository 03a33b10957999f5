"""The settings of a repository as its tokens see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from promobot.adapters.github import Forge
from promobot.adapters.github.patience import Patience
from promobot.adapters.github.settings import RepositorySettings
from promobot.core.ledger import LEDGER
from promobot.core.readiness import GATE_CHECK, Check, ForgeSeen, Rules, Unknown
from promobot.errors import ForgeFailed
from tests.support.fake_github import FakeGitHub, Fault, Ruleset, Settings
from tests.support.fake_github.fixtures import fake, git
from tests.support.fake_github.git import Git
from tests.support.fake_github.scene import commit
from tests.support.ruled import ACTIONS_APP, APP_SECRETS, checks, classic, fixed, pull_request, well_set

__all__ = ["fake", "git"]
WHOLE = Rules(
    pull_request=True,
    approvals=1,
    last_push=True,
    dismiss_stale=True,
    code_owners=True,
    checks=(Check(GATE_CHECK, ACTIONS_APP),),
    strict=True,
    no_force_push=True,
    no_deletion=True,
)
FIXED = Rules(no_force_push=True, no_deletion=True)
ADMINISTRATION, SECRETS = Unknown("Administration: read"), Unknown("Secrets: read")


@pytest.fixture
def settings(fake: FakeGitHub) -> Iterator[Settings]:
    repository = fake.repository("acme/live")
    repository.settings = well_set()
    yield repository.settings


def look(fake: FakeGitHub, login: str = "ann", base: str = "main") -> ForgeSeen:
    patience = Patience(sleep=lambda _: None)
    forge = Forge(fake.base_url, "acme/live", fake.token_for(login), patience=patience)
    return RepositorySettings(forge).look(base, LEDGER)


def test_an_administrator_sees_everything(fake: FakeGitHub, settings: Settings) -> None:
    seen = look(fake)
    assert (seen.repository, seen.default_branch) == ("acme/live", "main")
    assert (seen.base.sources, seen.base.exists) == ((WHOLE,), True)
    assert (seen.ledger.sources, seen.ledger.exists) == ((FIXED,), False)
    assert (seen.actions_open_pulls, seen.secrets, seen.owner_errors) == (True, APP_SECRETS, ())
    assert {record.method for record in fake.requests} == {"GET"}
    assert len(fake.requests) <= 12


def test_an_app_without_permissions_sees_the_rules_and_not_who_may_bypass_them(
    fake: FakeGitHub, settings: Settings
) -> None:
    seen = look(fake, "promobot[bot]")
    bypass = Unknown("Administration: write")
    assert seen.base.sources == (ADMINISTRATION, replace(WHOLE, bypass=bypass))
    assert seen.ledger.sources == (replace(FIXED, bypass=bypass),)
    assert (seen.actions_open_pulls, seen.secrets) == (ADMINISTRATION, SECRETS)


def test_a_person_who_is_no_administrator_hears_404_and_that_is_no_no(fake: FakeGitHub, settings: Settings) -> None:
    settings.protection["main"] = classic()
    seen = look(fake, "ben")
    assert seen.base.sources[0] == ADMINISTRATION
    assert (seen.actions_open_pulls, seen.secrets) == (ADMINISTRATION, SECRETS)


def test_each_permission_shows_its_part(fake: FakeGitHub, settings: Settings) -> None:
    settings.protection["main"] = classic()
    settings.readers = {"administration": {"promobot[bot]"}}
    seen = look(fake, "promobot[bot]")
    assert seen.base.sources[0] == WHOLE
    assert (seen.actions_open_pulls, seen.secrets) == (True, SECRETS)
    settings.readers = {"secrets": {"promobot[bot]"}}
    seen = look(fake, "promobot[bot]")
    assert (seen.actions_open_pulls, seen.secrets) == (ADMINISTRATION, APP_SECRETS)


def test_a_branch_that_calls_itself_unprotected_has_no_classic_protection_for_anybody(
    fake: FakeGitHub, settings: Settings
) -> None:
    settings.rulesets = []
    assert look(fake, "promobot[bot]").base.sources == ()
    assert not fake.requests.filter("GET", "/repos/*/branches/main/protection")


def test_classic_protection_and_rulesets_stand_side_by_side(fake: FakeGitHub, settings: Settings) -> None:
    settings.rulesets = [Ruleset(7, {"main"}, fixed()), Ruleset(8, {"main"}, [pull_request()], enforcement="evaluate")]
    settings.protection["main"] = classic(
        required_status_checks=None, required_pull_request_reviews={"required_approving_review_count": 0}
    )
    assert look(fake).base.sources == (Rules(pull_request=True, no_force_push=True, no_deletion=True), FIXED)


def test_classic_switches_are_read_one_by_one(fake: FakeGitHub, settings: Settings) -> None:
    settings.rulesets = []
    settings.protection["main"] = {
        "required_status_checks": {"strict": False, "contexts": ["a"], "checks": [{"context": "a", "app_id": None}]},
        "allow_force_pushes": {"enabled": True},
        "allow_deletions": {"enabled": True},
        "enforce_admins": {"enabled": False},
        "required_pull_request_reviews": {
            "bypass_pull_request_allowances": {"users": [{"login": "zoe"}], "teams": [{"slug": "ops"}], "apps": []}
        },
    }
    assert look(fake).base.sources == (
        Rules(pull_request=True, checks=(Check("a"),), bypass=("administrators", "zoe", "ops")),
    )


def test_a_check_from_any_source_is_not_pinned(fake: FakeGitHub, settings: Settings) -> None:
    for app in (None, -1):
        settings.rulesets = [Ruleset(1, {"main"}, [checks(app=app, strict=False), {"type": "merge_queue"}])]
        assert look(fake).base.sources == (Rules(checks=(Check(GATE_CHECK),), merge_queue=True),)


def test_who_may_bypass_a_ruleset_is_named(fake: FakeGitHub, settings: Settings) -> None:
    settings.rulesets[0].bypass = [
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},
        {"actor_id": None, "actor_type": "DeployKey", "bypass_mode": "always"},
    ]
    assert look(fake).base.sources == (replace(WHOLE, bypass=("RepositoryRole 5", "DeployKey")),)


def test_more_rules_than_a_page_holds_are_all_read(fake: FakeGitHub, settings: Settings) -> None:
    many = [Ruleset(number, {"main"}, [{"type": "creation"}]) for number in range(100, 200)]
    settings.rulesets = [*many, Ruleset(1, {"main"}, [{"type": "deletion"}])]
    sources = look(fake).base.sources
    assert (len(sources), sources[-1]) == (101, Rules(no_deletion=True))


def test_a_plan_without_rules_has_none(fake: FakeGitHub, settings: Settings) -> None:
    settings.rules_in_plan = False
    assert look(fake).base.sources == ()


def test_secrets_of_the_organisation_count_and_no_file_of_owners_is_not_an_error(
    fake: FakeGitHub, settings: Settings
) -> None:
    settings.secrets, settings.organization_secrets, settings.owner_errors = set(), set(APP_SECRETS), None
    seen = look(fake)
    assert (seen.secrets, seen.owner_errors) == (APP_SECRETS, Unknown("Contents: read"))
    settings.owner_errors = [{"line": 3, "column": 1, "kind": "Unknown owner", "path": ".github/CODEOWNERS"}]
    assert look(fake).owner_errors == (".github/CODEOWNERS line 3: Unknown owner",)


def test_a_branch_of_any_name_is_asked_for_by_its_whole_name(fake: FakeGitHub, settings: Settings, git: Git) -> None:
    commit(git, "release/live#1%41", {"a.txt": "2\n"}, "x", onto=git.ref("refs/heads/main"))
    settings.protection["release/live#1%41"] = classic()
    assert look(fake, base="release/live#1%41").base.sources == (WHOLE,)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault.status(401, "Bad credentials"), "give a valid GITHUB_TOKEN"),
        (Fault.status(500, "Server Error"), "the server is in trouble"),
        (Fault.status(429, "You have exceeded a secondary rate limit"), "it was asked too often"),
        (Fault.status(403, "API rate limit exceeded"), "it was asked too often"),
    ],
)
def test_trouble_is_no_missing_permission(fake: FakeGitHub, settings: Settings, fault: Fault, said: str) -> None:
    fake.faults.add(match="GET /repos/*/actions/permissions/workflow", fault=fault, nth=None)
    with pytest.raises(ForgeFailed, match=said):
        look(fake)


def test_an_unknown_repository_and_an_answer_of_another_kind_are_failures(fake: FakeGitHub, settings: Settings) -> None:
    forge = Forge(fake.base_url, "acme/other", fake.token_for("ann"))
    with pytest.raises(ForgeFailed, match="not found; check GITHUB_REPOSITORY"):
        RepositorySettings(forge).look("main", LEDGER)
    settings.protection["main"] = {"required_status_checks": {"checks": ["x"]}}
    with pytest.raises(ForgeFailed, match="not understood"):
        look(fake)
