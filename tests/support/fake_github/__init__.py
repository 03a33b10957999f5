"""A stateful fake of the GitHub REST API over real bare repositories: it merges for real, counts, and fails on demand.

    with FakeGitHub() as fake:
        fake.add_repository("acme/live", tmp_path / "acme" / "live.git", collaborators=("ann",))
        forge = Github(base_url=fake.base_url, auth=Auth.Token("bot-token"), retry=None)
        fake.faults.add(match="POST /repos/*/pulls", when="after", fault=Fault.reset())
        with pytest.raises(ConnectionError):  # the pull request was opened, its answer was lost
            forge.get_repo("acme/live").create_pull("main", "promobot/1", title="t", body="b")
        ann = Github(base_url=fake.base_url, auth=Auth.Token(fake.token_for("ann")), retry=None)
        ann.get_repo("acme/live").get_pull(1).merge(merge_method="squash")  # `main` of live.git has the commit now
        assert len(fake.requests.filter("POST", "/repos/*/pulls")) == 1

Everything about code comes from git at the moment of the request: a push moves a pull request's head, a deleted head
branch closes it, a base that contains the head counts as merged. What the fake does not know answers 501, never 404.
Not modelled: permissions (every token may write), branch protection, webhooks.
"""

from .faults import Fault, FaultSchedule, Scheduled
from .log import Exchange, RequestLog, RequestRecord
from .server import FakeGitHub
from .settings import Ruleset, Settings
from .state import Issue, Pull, Repository, Review

__all__ = [
    "Exchange",
    "FakeGitHub",
    "Fault",
    "FaultSchedule",
    "Issue",
    "Pull",
    "Repository",
    "RequestLog",
    "RequestRecord",
    "Review",
    "Ruleset",
    "Scheduled",
    "Settings",
]
