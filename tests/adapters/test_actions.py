"""What Actions' environment says to promobot, and what promobot writes to Actions."""

from __future__ import annotations

from pathlib import Path

import pytest

from promobot.adapters.actions import Surroundings, annotation_lines
from promobot.errors import UsageError

SECRET = "ghs_0123456789secret"
ACTIONS = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_API_URL": "https://ghe.invalid/api/v3",
    "GITHUB_SERVER_URL": "https://ghe.invalid",
    "GITHUB_REPOSITORY": "desk/live",
    "GITHUB_RUN_ID": "42",
    "GITHUB_TOKEN": SECRET,
    "GITHUB_STEP_SUMMARY": "/runner/summary",
    "GITHUB_OUTPUT": "/runner/output",
}


def test_everything_is_read_from_the_environment() -> None:
    found = Surroundings.of(ACTIONS)
    assert found.in_actions
    assert (found.api_url, found.server_url) == ("https://ghe.invalid/api/v3", "https://ghe.invalid")
    assert (found.repository, found.named_repository()) == ("desk/live", "desk/live")
    assert found.run_url == "https://ghe.invalid/desk/live/actions/runs/42"
    assert found.token() == SECRET
    assert (found.summary_file, found.output_file) == ("/runner/summary", "/runner/output")


@pytest.mark.parametrize("environment", [{}, dict.fromkeys(ACTIONS, "")], ids=["missing", "empty"])
def test_outside_of_actions_nothing_is_assumed(environment: dict[str, str]) -> None:
    found = Surroundings.of(environment)
    assert not found.in_actions
    assert (found.api_url, found.server_url) == ("https://api.github.com", "https://github.com")
    assert [found.repository, found.run_url, found.secret, found.summary_file, found.output_file] == [None] * 5


@pytest.mark.parametrize("value", ["True", "1", "yes", "false", " true"])
def test_only_true_is_actions(value: str) -> None:
    assert not Surroundings.of({"GITHUB_ACTIONS": value}).in_actions


def test_a_slash_at_the_end_of_an_address_does_no_harm() -> None:
    found = Surroundings.of(ACTIONS | {"GITHUB_API_URL": "http://localhost:1/", "GITHUB_SERVER_URL": "http://l:2//"})
    assert (found.api_url, found.server_url) == ("http://localhost:1", "http://l:2")
    assert found.run_url == "http://l:2/desk/live/actions/runs/42"


@pytest.mark.parametrize("run", ["", "x", "4/../5", "4\n5", "-1"])
def test_a_run_without_a_number_has_no_page(run: str) -> None:
    assert Surroundings.of(ACTIONS | {"GITHUB_RUN_ID": run}).run_url is None


def test_a_run_without_a_repository_has_no_page() -> None:
    assert Surroundings.of(ACTIONS | {"GITHUB_REPOSITORY": ""}).run_url is None


@pytest.mark.parametrize("name", ["", "live", "https://forge/desk/live", "a/b/c"])
def test_a_repository_must_have_owner_and_name(name: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY=owner/name"):
        Surroundings.of(ACTIONS | {"GITHUB_REPOSITORY": name}).named_repository()


def test_a_missing_token_is_asked_for_by_its_name() -> None:
    with pytest.raises(UsageError, match="GITHUB_TOKEN"):
        Surroundings.of({}).token()


def test_the_secret_shows_in_no_text() -> None:
    found = Surroundings.of(ACTIONS)
    for text in (repr(found), str(found), f"{found}", f"{found!r}", repr([found]), "%s" % found):  # noqa: UP031
        assert SECRET not in text
        assert "desk/live" in text


def test_the_summary_is_appended_to(tmp_path: Path) -> None:
    page = tmp_path / "summary"
    page.write_text("before\n")
    found = Surroundings.of({"GITHUB_STEP_SUMMARY": str(page)})
    found.write_summary("# Größe")
    found.write_summary("again\n")
    assert page.read_bytes() == "before\n# Größe\nagain\n".encode()


def test_outputs_are_one_line_each(tmp_path: Path) -> None:
    page = tmp_path / "output"
    page.write_text("earlier=1\n")
    found = Surroundings.of({"GITHUB_OUTPUT": str(page)})
    found.write_outputs({"outcome": "opened", "pull-request-number": 7, "branch": None, "url": "http://l/?a=b<<EOF"})
    assert page.read_text() == "earlier=1\noutcome=opened\npull-request-number=7\nbranch=\nurl=http://l/?a=b<<EOF\n"


@pytest.mark.parametrize("value", ["a\nb=c", "a\rb", "a\r\nb", "\x00", "\x1b[31m", "a\n"])
def test_an_output_that_could_set_another_is_refused_and_nothing_written(tmp_path: Path, value: str) -> None:
    page = tmp_path / "output"
    with pytest.raises(UsageError, match="control character"):
        Surroundings.of({"GITHUB_OUTPUT": str(page)}).write_outputs({"outcome": "opened", "branch": value})
    assert not page.exists()


def test_without_files_nothing_is_written_and_a_bad_output_is_still_refused() -> None:
    found = Surroundings.of({})
    found.write_summary("x")
    found.write_outputs({"outcome": "opened"})
    with pytest.raises(UsageError):
        found.write_outputs({"outcome": "a\nb"})


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("plain, with: marks", "::warning title=promobot::plain, with: marks"),
        ("100%", "::warning title=promobot::100%25"),
        ("a\nb", "::warning title=promobot::a%0Ab"),
        ("a\r\n::error::b", "::warning title=promobot::a%0D%0A::error::b"),
        ("%0A::set-output name=a::b", "::warning title=promobot::%250A::set-output name=a::b"),
        ("", "::warning title=promobot::"),
    ],
)
def test_an_annotation_is_one_line_whose_data_is_escaped(message: str, line: str) -> None:
    assert annotation_lines("warning", [message]) == [line]


def test_each_message_is_an_annotation_of_its_level() -> None:
    assert annotation_lines("error", ["a", "b"]) == ["::error title=promobot::a", "::error title=promobot::b"]
    assert annotation_lines("error", []) == []
