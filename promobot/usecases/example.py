"""The worked example: this repository's own policy, configuration and export, also carried by the wheel."""

from __future__ import annotations

from pathlib import Path

FILES = ("config/promobot.toml", "config/config.toml", "config/live_overrides/auto.toml")
EXPORTS = "reports/learning_snippets"


def example_root() -> Path:
    """Where the example lies: inside the installed package, or two levels up in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "example"
    return installed if installed.is_dir() else package.parent


def copy_example(target: Path) -> None:
    """Copy the example's files, and an empty exports folder's worth of exports, into a folder."""
    root = example_root()
    exports = sorted(path.relative_to(root).as_posix() for path in (root / EXPORTS).glob("*.json"))
    for name in (*FILES, *exports):
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((root / name).read_bytes())
