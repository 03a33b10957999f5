"""The policy and the base config of the generated history, and what its parameters may be."""

from __future__ import annotations

from tests.support.gate import ROOMY

BARRED = "risk.stop_loss"

# target -> least value, most, largest step, as the policy has them; what is not listed here stays as it is.
LEVERAGE, TRIGGER, WEIGHT, SIZE = (1.0, 2.0, 0.25), (3.0, 15.0, 2.0), (0.0, 0.8, 0.1), (1.0, 9.0, 0.5)
PARAMETERS = {
    "portfolio.leverage": LEVERAGE, "hedge.leverage": LEVERAGE,
    "strategy.trigger_delay": TRIGGER, "strategy.exit_trigger": TRIGGER, "hedge.trigger_delay": TRIGGER,
    **{f"macro.{name}": WEIGHT for name in ("carry", "momentum", "regime", "tilt", "value")},
    **{f"desk.size_{number:02}": SIZE for number in range(10)},
}  # fmt: skip
BOUNDS_FOR = '[[bounds_for]]\ntargets = ["desk.*"]\nmin_value = 1.0\nmax_value = 9.0\nmax_step = 0.5\n'


def policy(revision: int) -> bytes:
    """Roomy, so that honest work finds its place; every revision has another quota."""
    text = ROOMY.replace("max_per_day = 100", f"max_per_day = {100 + revision}")
    return f'{text}{BOUNDS_FOR}[blacklist]\ntargets = ["{BARRED}"]\n'.encode()


def config(revision: int) -> bytes:
    """About twenty parameters, each in the middle of its bounds."""
    tables: dict[str, list[str]] = {"environment": ['mode = "live"'], "release": [f"number = {revision}"]}
    middle = {target: round((least + most) / 2, 4) for target, (least, most, _) in PARAMETERS.items()}
    for target, value in {**middle, BARRED: 0.1}.items():
        table, _, key = target.partition(".")
        tables.setdefault(table, []).append(f"{key} = {value}")
    return "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in lines) for name, lines in tables.items()).encode()
