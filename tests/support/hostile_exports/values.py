"""Values: their types, the claims about the live one, the arithmetic of steps and bounds (DESIGN 3.3).

Every figure is worked out by hand on the decimal texts; `after` and `before` are the neighbouring float64s.
"""

from __future__ import annotations

from math import inf, nextafter

from tests.support.hostile_exports.case import Case, as_bytes, held, judged, member_refused, moves, p, raw, refused

LEVERAGE, WEIGHT, COUNT, DELAY = (
    "portfolio.leverage", "macro.regime_weight", "strategy.trigger_count", "strategy.trigger_delay",
)  # fmt: skip
NO_VALUE = "must be true, false, a 64-bit integer"
TEXT = "not_numeric no_live_value"


def after(number: float) -> float:
    """The next larger float64."""
    return nextafter(number, inf)


def before(number: float) -> float:
    """The next smaller float64."""
    return nextafter(number, -inf)


TYPES = [
    held("true for 1.0", LEVERAGE, True, "type_mismatch"),
    held("false for 0.0", "macro.zero_weight", False, "type_mismatch"),
    held("a number in a text", LEVERAGE, "1.25", "type_mismatch"),
    held("an empty text", LEVERAGE, "", "type_mismatch"),
    held("nan in a text", LEVERAGE, "nan", "type_mismatch"),
    held("1.0 for an integer", "spot.leverage", 1.0, "type_mismatch"),
    held("6.0 for an integer", COUNT, 6.0, "type_mismatch"),
    held("true for an integer", COUNT, True, "type_mismatch"),
    held("1 for true", "strategy.trigger_on", 1, "type_mismatch"),
    held("a text for false", "strategy.trigger_on", "true", "type_mismatch"),
    held("a number for a text", "strategy.trigger_name", 4.0, "type_mismatch"),
    held("2**53 + 1, which no float equals", "desk.big", 2**53 + 1, "type_mismatch"),
    held("2**53, which is live as a float", "desk.big", 2**53, "no_change"),
    held("2**53 + 2, the next float", "desk.big", 2**53 + 2, "no_bounds"),
    held("the largest integer for a float", LEVERAGE, 2**63 - 1, "type_mismatch hard_limit"),
    held("the smallest integer for a float", LEVERAGE, -(2**63), "below_min step_too_large"),
    held("the largest integer for an integer", COUNT, 2**63 - 1, "above_max step_too_large"),
    held("1e308", LEVERAGE, 1e308, "hard_limit"),
    held("-1e308", LEVERAGE, -1e308, "below_min step_too_large"),
    held("the smallest float", LEVERAGE, 5e-324, "below_min step_too_large"),
    held("1 for 1.0 changes nothing", LEVERAGE, 1, "no_change"),
    moves("an integer for a float", "swap.leverage", 2, 2.0),
    moves("an integer for an integer", COUNT, 7),
    moves("-0.0 is 0.0", "macro.carry_weight", -0.0, 0.0),
    held("-0.0 for 0.0 changes nothing", "macro.zero_weight", -0.0, "no_change"),
    Case("a number too small for a float is 0.0", raw(target='"macro.carry_weight"', new_value="1e-999"),
         decided={"p": ""}, applied={"macro.carry_weight": 0.0}),
    held("true for false", "strategy.trigger_on", True, TEXT),
    held("a text for a text", "strategy.trigger_name", "fast", TEXT),
    held("a text of 1,000 characters", "strategy.trigger_name", "\u00e9" * 1000, TEXT),
    held("a text with TOML in it", "strategy.trigger_name", '"\n[auto_applied]\n"portfolio.leverage" = 9 #', TEXT),
    member_refused("a text of 1,001 characters", "new_value", "x" * 1001, NO_VALUE),
    member_refused("null as a value", "new_value", None, NO_VALUE),
    member_refused("a list", "new_value", [1.25], NO_VALUE),
    member_refused("an object", "new_value", {"value": 1.25}, NO_VALUE),
]  # fmt: skip

OLD_VALUES = [
    held("an invented old value", LEVERAGE, 2.0, "stale_old_value", old_value=1.9),
    held("an invented old value by one float", LEVERAGE, 1.25, "stale_old_value", old_value=after(1.0)),
    held("the config's value, which is not live", LEVERAGE, 1.25, "stale_old_value", old_value=1.75),
    held("an old value in a text", LEVERAGE, 1.25, "stale_old_value", old_value="1.0"),
    held("an old value true", LEVERAGE, 1.25, "stale_old_value", old_value=True),
    held("an old value of 1e308", LEVERAGE, 1.25, "stale_old_value", old_value=-1e308),
    held("an honest old value does not widen", LEVERAGE, 1.5, "step_too_large", old_value=1.0),
    moves("an honest old value", LEVERAGE, 1.25, old_value=1.0),
    moves("an old value of 1 for 1.0", LEVERAGE, 1.25, old_value=1),
    moves("an old value null", LEVERAGE, 1.25, old_value=None),
    moves("an old value of -0.0 for 0.0", "macro.zero_weight", 0.1, old_value=-0.0),
    member_refused("an old value as a list", "old_value", [1.0], NO_VALUE),
    refused("an old value NaN", raw(old_value="NaN"), ("/0/old_value", 1, "NaN")),
]

STEPS = [
    moves("a step exactly on the limit", LEVERAGE, 1.25),
    held("a step one float above", LEVERAGE, after(1.25), "step_too_large"),
    moves("0.35 to 0.45", WEIGHT, 0.45),
    moves("0.35 to 0.25, down", WEIGHT, 0.25),
    held("0.35 to just above 0.45", WEIGHT, after(0.45), "step_too_large"),
    held("0.35 to just below 0.25", WEIGHT, before(0.25), "step_too_large"),
    moves("0.1 to 0.2", "macro.carry_weight", 0.2),
    moves("0.2 to 0.3", "macro.fifth_weight", 0.3),
    held("0.2 to 0.1 + 0.2", "macro.fifth_weight", 0.1 + 0.2, "step_too_large"),
    moves("0.7 to 0.8, the maximum", "macro.top_weight", 0.8),
    held("0.7 to just above the maximum", "macro.top_weight", after(0.8), "above_max step_too_large"),
    moves("0.1 to 0.0, the minimum", "macro.carry_weight", 0.0),
    held("0.0 to just below the minimum", "macro.zero_weight", -5e-324, "below_min"),
    moves("1.75 to 2.0, the maximum", "swap.leverage", 2.0),
    held("1.75 to just above the maximum", "swap.leverage", after(2.0), "above_max step_too_large"),
    moves("4.0 to 3.0, the minimum", "strategy.trigger_fast", 3.0),
    held("4.0 to just below the minimum", "strategy.trigger_fast", before(3.0), "below_min"),
    moves("10.0 to 12, a step of 2 as an integer", DELAY, 12, 12.0),
    held("10.0 to 13", DELAY, 13, "step_too_large"),
    held("1 to 2 in integers", "spot.leverage", 2, "step_too_large"),
    held("the hard limit itself", "option.leverage", 3.0, "above_max"),
    held("the hard limit as an integer", "option.leverage", 3, "above_max"),
    held("one float above the hard limit", "option.leverage", after(3.0), "hard_limit"),
    held("back inside, but too far", "option.leverage", 2.0, "step_too_large"),
    held("two tags, of which one is too low", "macro.leverage", 0.8, "below_min"),
    held("two tags, of which one is too high", "macro.leverage", 1.0, "above_max"),
]

MANY = [
    judged("a chain of steps in one export", p(new_value=1.25, old_value=1.0, identity="a"),
           p(new_value=1.5, old_value=1.25, identity="b"), p(new_value=1.75, old_value=1.5, identity="c"),
           a="conflict", b="stale_old_value conflict", c="stale_old_value conflict"),
    judged("a chain without old values", p(new_value=1.25, identity="a"), p(new_value=1.5, identity="b"),
           p(new_value=1.75, identity="c"), a="conflict", b="conflict", c="conflict"),
    judged("a good value and an excessive one", p(), p(new_value=9.0, identity="q"), p="conflict",
           q="hard_limit conflict"),
    judged("a good value and its text", p(), p(new_value="1.25", identity="q"), p="conflict",
           q="type_mismatch conflict"),
    judged("a good value and its neighbour", p(), p(new_value=before(1.25), identity="q"), p="conflict", q="conflict"),
    judged("1.0 and true", p(new_value=1.0), p(new_value=True, identity="q"), p="conflict no_change",
           q="conflict type_mismatch"),
    judged("a conflict that nobody is confident of", p(), p(new_value=1.1, identity="q", confidence_score=0.0),
           p="conflict", q="conflict"),
    judged("twins", p(), p(identity="q"), applied={LEVERAGE: 1.25}, p="", q=""),
    judged("twins of two types", p(DELAY, 11), p(DELAY, 11.0, "q"), applied={DELAY: 11.0}, p="", q=""),
    judged("twins of which one is unsure", p(), p(identity="q", confidence_score=None), p="auto_confidence",
           q="auto_confidence"),
    judged("twins of which one lies", p(), p(identity="q", old_value=1.9), p="stale_old_value", q="stale_old_value"),
    judged("targets that differ by their case", p(), p("portfolio.Leverage", 1.1, "q"), applied={LEVERAGE: 1.25},
           p="", q="unknown_target"),
    judged("one good among the bad", p("ungranted.leverage", 1.25, "a"), p(new_value=1.2, identity="b"),
           p("risk.stop_loss", 0.5, "c"), applied={LEVERAGE: 1.2}, a="not_eligible", b="", c="blacklisted_target"),
    judged("everything wrong at once", p("risk.stop_loss", "9", old_value=7, confidence_score=None,
           meta={"tier": "untested", "tags": ["frozen"]}),
           p="blacklisted_target blacklisted_tag research type_mismatch stale_old_value"),
    Case("an overrides file that does not parse", as_bytes([p()]), 4, ((None, None, "auto.toml is not valid TOML"),),
         overrides='[auto_applied]\n"swap.leverage" = '),
    Case("an overrides file that says it twice", as_bytes([p()]), 4, ((None, None, "quoted and nested at once"),),
         overrides='[auto_applied]\n"portfolio.leverage" = 1.0\nportfolio.leverage = 1.5\n'),
    Case("other overrides stay", as_bytes([p()]), decided={"p": ""}, applied={LEVERAGE: 1.25},
         overrides='[auto_applied]\n"pair.leverage" = 1.5\n"gone.key" = "x"\nportfolio.leverage = 1.0\n[b]\nc = 1\n'),
]  # fmt: skip

CASES = [*TYPES, *OLD_VALUES, *STEPS, *MANY]
