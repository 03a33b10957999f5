"""Commits that tell something else than they do: other dates, messages and names, and more than was proposed.

Each history has honest landings before and after the tampering, which must stay without a finding.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.audit import DAY, Case, Tamper, Trail, edited, tampered
from tests.support.builders import NOW
from tests.support.builders import patch as built
from tests.support.gate import AUTO, POLICY, ROOMY, WEIGHT, lever

BOT = "promobot <promobot@users.noreply.example.invalid>"


def with_another_change(how: str) -> Tamper:
    def tamper(trail: Trail) -> list[str]:
        head = trail.gate.propose(lever(1.7)).branch
        inner = trail.commit({"src/new.py": "x\n"}, onto=head)
        return [trail.merge(head, how=how), inner]

    return tamper


def joined_over_quota(trail: Trail) -> list[str]:
    """Each was within the day's quota when it was proposed."""
    trail.commit({POLICY: ROOMY.replace("max_per_day = 100", "max_per_day = 1")})
    one, two = (trail.gate.propose(patch).branch for patch in (lever(1.7), built(WEIGHT, 0.3)))
    trail.merge(one)
    return [trail.merge(two)]


def over_quota_by_another_date(trail: Trail) -> list[str]:
    """The second is dated back to the day before, where there is room."""
    trail.commit({POLICY: ROOMY.replace("max_per_day = 100", "max_per_day = 1")})
    one, two = (trail.gate.propose(patch).branch for patch in (lever(1.7), built(WEIGHT, 0.3)))
    trail.merge(one)
    return [trail.merge(two, when=NOW - DAY)]


def dated(change: Callable[[bytes], bytes]) -> Tamper:
    """The landing's commit with another date, written as bytes."""

    def tamper(trail: Trail) -> list[str]:
        trail.merge(trail.gate.propose(lever(1.7)).branch)
        return [trail.raw(change)]

    return tamper


def in_the_name_of_the_bot(trail: Trail) -> list[str]:
    message = trail.git("log", "-1", "--format=%B", trail.later)
    return [trail.commit({AUTO: edited(trail)}, who=BOT, message=message)]


def trailers_only(trail: Trail) -> list[str]:
    message = trail.git("log", "-1", "--format=%B", trail.later)
    return [trail.commit({"src/new.py": "x\n"}, message=message)]


def landing_tells(name: str, lie: str) -> Tamper:
    """The squash of a proposal with one trailer bent."""

    def tamper(trail: Trail) -> list[str]:
        head = trail.gate.propose(lever(1.7)).branch
        told = trail.git("log", "-1", "--format=%B", head).split("\n")
        bent = "\n".join(f"{name}: {lie}" if line.startswith(f"{name}: ") else line for line in told)
        return [trail.merge(head, how="squash", message=bent)]

    return tamper


def saying(message: bytes, **more: str) -> Tamper:
    return lambda trail: [trail.commit({AUTO: edited(trail), **more}, message=message)]


def nul_in_the_message(trail: Trail) -> list[str]:
    trail.commit({AUTO: edited(trail)}, message="one MARK two")
    return [trail.raw(lambda told: told.replace(b"MARK", b"\0\0\x01" + b"0" * 40 + b"\0\0" + b"9" * 40 + b"\0"))]


def odd_author(trail: Trail) -> list[str]:
    trail.commit({AUTO: edited(trail)})
    return [trail.raw(lambda told: told.replace(b"author A Person", b"author \x01" + b"a" * 40 + b" <> \xff"))]


def other_encoding(trail: Trail) -> list[str]:
    trail.commit({AUTO: edited(trail)})
    return [trail.raw(lambda told: told.replace(b"\n\nby hand", b"\nencoding UTF-7\n\nby +AAA- hand"))]


def beside_paths(*paths: str) -> Tamper:
    """Names that bend what git prints; one of them comes before ours, in git's order, and one behind."""
    return lambda trail: [trail.commit({AUTO: edited(trail), **dict.fromkeys(paths, "x")})]


ODD = ("\x01" + "0" * 40, ":100644 100644 " + "0" * 40, "a\nb", "\n", "config/live_overrides/\x01", "zz\n:x", "\u00e9")
CASES: dict[str, Case] = {
    "squashed with another change": (with_another_change("squash"), "foreign_path", ""),
    "merged with another change": (with_another_change("merge"), "foreign_path", ""),
    "a joined step over the quota": (joined_over_quota, "quota"),
    "over the quota by another date": (over_quota_by_another_date, "date_goes_back"),
    "a date of long ago": (dated(lambda told: told.replace(b"> 1795", b"> 1095")), "date_goes_back"),
    "a date that is none": (dated(lambda told: told.replace(b" +0000\n\n", b" soon\n\n").replace(b"> 1795", b"> x")),
                            "date_unreadable"),
    "a date beyond all dates": (dated(lambda told: told.replace(b"> 1795", b"> 9999999999991795")), "date_unreadable"),
    "by hand in the bot's name, with its trailers": (in_the_name_of_the_bot, "false_trailers unexplained_values"),
    "trailers of a promotion on something else": (trailers_only, "false_trailers"),
    "a false digest in a trailer": (landing_tells("Promotion-Digest", "0" * 64), "false_trailers"),
    "a false policy in a trailer": (landing_tells("Promotion-Policy", "0" * 40), "false_trailers"),
    "a false kind in a trailer": (landing_tells("Promotion-Kind", "operator"), "false_trailers"),
    "a message of a megabyte": (saying(b"x" * 80 * (1 << 14)), "unexplained_values"),
    "a message that looks like what git prints": (saying(b"\x01" + b"0" * 40 + b"\n:100644"), "unexplained_values"),
    "a message with NUL": (nul_in_the_message, "unexplained_values"),
    "an author that looks like what git prints": (odd_author, "unexplained_values"),
    "a message in another encoding": (other_encoding, "unexplained_values"),
    "no message": (saying(b""), "unexplained_values"),
    "beside paths of every character": (beside_paths(*ODD), "unexplained_values"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_commit_is_named(case: Case, tmp_path: Path) -> None:
    trail = Trail.at(tmp_path)
    wanted = tampered(trail, case)
    trail.land_later()
    assert trail.found() == wanted
