"""Targets that are not what they look like, and who may propose what (DESIGN 3.2 and 3.3)."""

from __future__ import annotations

from tests.support.hostile_exports.case import Case, as_bytes, held, judged, member_refused, moves, p
from tests.support.hostile_exports.scene import NOW

GRANTED_UNKNOWN = "unknown_target"
UNKNOWN = "not_eligible unknown_target"

MALFORMED = {
    "a space in front": " portfolio.leverage",
    "a space behind": "portfolio.leverage ",
    "a no-break space": "portfolio.\u00a0leverage",
    "a line break behind": "portfolio.leverage\n",
    "a carriage return": "portfolio.leverage\r",
    "a NUL": "portfolio.leverage\0",
    "a backspace": "portfolio.leveragee\b",
    "Cyrillic letters": "portfolio.l\u0435verage",
    "Greek letters": "p\u03bfrtfolio.leverage",
    "fullwidth digits": "portfolio.leverage\uff11",
    "a zero width joiner": "portfolio.\u200dleverage",
    "a right-to-left override": "portfolio.\u202eegarevel",
    "a combining accent": "portfolio.leverage\u0301",
    "a fullwidth dot": "portfolio\uff0eleverage",
    "a dot behind": "portfolio.leverage.",
    "a dot in front": ".portfolio.leverage",
    "an empty segment": "portfolio..leverage",
    "nothing": "",
    "a dot": ".",
    "a path": "../portfolio.leverage",
    "a slash": "portfolio/leverage",
    "a quoted segment": 'portfolio."leverage"',
    "quoted dots": '"portfolio.leverage"',
    "a glob": "portfolio.*",
    "an index": "portfolio.instruments[0]",
    "an assignment": "portfolio.leverage = 9 #",
    "a table's header": "auto_applied]\nportfolio.leverage",
}

FORMS = [
    *(member_refused(f"target with {story}", "target", target, "must match") for story, target in MALFORMED.items()),
    member_refused("target of 256 characters", "target", "portfolio." + "x" * 246, "255 characters"),
    member_refused("target as a list", "target", ["portfolio", "leverage"], "must be a string"),
    member_refused("target null", "target", None, "must be a string"),
    held("target of 255 characters", "portfolio." + "x" * 245, 1.25, GRANTED_UNKNOWN),
]

UNKNOWNS = [
    held("target in capitals", "PORTFOLIO.LEVERAGE", 1.25, UNKNOWN),
    held("target in another case", "Portfolio.Leverage", 1.25, UNKNOWN),
    held("last segment in another case", "portfolio.Leverage", 1.25, GRANTED_UNKNOWN),
    held("a hyphen for the dot", "portfolio-leverage", 1.25, GRANTED_UNKNOWN),
    held("a digit for a letter", "portfolio.1everage", 1.25, GRANTED_UNKNOWN),
    held("a letter more", "portfolio.leverages", 1.25, GRANTED_UNKNOWN),
    held("a segment more", "portfolio.leverage.value", 1.25, GRANTED_UNKNOWN),
    held("a segment less", "leverage", 1.25, UNKNOWN),
    held("a prototype", "__proto__.leverage", 1.25, UNKNOWN),
    held("a prototype below a grant", "portfolio.__proto__", 1.25, GRANTED_UNKNOWN),
    held("a class below a grant", "portfolio.__class__", 1.25, GRANTED_UNKNOWN),
    held("an item of an array", "portfolio.instruments.0", 1.25, GRANTED_UNKNOWN),
    held("the table of the overrides itself", "auto_applied.portfolio.leverage", 1.25, UNKNOWN),
    held("a table", "portfolio", 1.25, GRANTED_UNKNOWN),
    held("a table in a table", "portfolio.limits", 1.25, GRANTED_UNKNOWN),
    held("a path that the config spells twice", "twice.leverage", 1.25, GRANTED_UNKNOWN),
    held("an array", "portfolio.instruments", 1.25, "type_mismatch"),
    held("a date", "portfolio.opened", "2026-02-01", "type_mismatch"),
    held("a number that is none", "desk.odd_leverage", 1.25, "no_live_value"),
    held("an integer that no patch can hold", "desk.huge_leverage", 2, "no_live_value"),
    moves("a leaf of a table in a table", "portfolio.limits.leverage", 1.25),
    Case("a config without the target and no override", as_bytes([p()]), base="[a]\nb = 1\n", overrides=None,
         decided={"p": "unknown_target"}),
    Case("an override that the config does not know", as_bytes([p()]), base="[a]\nb = 1\n",
         decided={"p": "unknown_target"}),
    Case("no base config and no override", as_bytes([p()]), base=None, overrides=None, decided={"p": "no_live_value"}),
    Case("no base config but an override", as_bytes([p()]), base=None, decided={"p": ""},
         applied={"portfolio.leverage": 1.25}),
    Case("no overrides file yet", as_bytes([p(new_value=1.5)]), overrides=None, decided={"p": ""},
         applied={"portfolio.leverage": 1.5}),
    Case("the config's value is not the live one", as_bytes([p(new_value=1.75)]), decided={"p": "step_too_large"}),
]  # fmt: skip

PERMISSIONS = [
    held("no grant", "ungranted.leverage", 1.25, "not_eligible"),
    held("no grant and no such target", "nowhere.leverage", 1.25, UNKNOWN),
    held("blacklisted", "risk.stop_loss", 0.03, "blacklisted_target"),
    held("below a blacklisted segment", "risk.stop_loss.pct", 0.03, "blacklisted_target unknown_target"),
    held("blacklisted in another case", "risk.Stop_Loss", 0.03, "blacklisted_target unknown_target"),
    moves("a longer segment is not blacklisted", "risk.stop_losses_leverage", 1.25),
    held("no bounds", "desk.size", 4.1, "no_bounds"),
    judged("no grants at all", p(), p("desk.size", 5.0, "q"), p="not_eligible", q="not_eligible").under(eligibility=[]),
    judged("an empty allow list", p(), p="not_allowed").under(auto_apply={"allow": [], "max_per_day": 9}),
    judged("an allow list in another case", p(), p="not_allowed").under(auto_apply={"allow": ["Portfolio.*"]}),
    judged("a lock", p(), p="lock").under(lock=True),
    judged("manual only", p(), p="mode").under(mode="manual_only"),
    judged("a grant that has expired this second", p(), p="not_eligible").under(
        eligibility=[{"targets": ["*"], "expires": NOW}]
    ),
    judged("no place today", p(), p="quota").under(auto_apply={"max_per_day": 0}),
    judged("one place in the proposal", p(), p("swap.leverage", 2.0, "q"), p="", q="over_limit",
           applied={"portfolio.leverage": 1.25}).under(max_per_proposal=1),
    judged("twins take one place", p(), p(identity="q"), p="", q="", applied={"portfolio.leverage": 1.25}).under(
        max_per_proposal=1
    ),
    Case("disabled", as_bytes([p()])).under(mode="disabled"),
]  # fmt: skip

CASES = [*FORMS, *UNKNOWNS, *PERMISSIONS]
