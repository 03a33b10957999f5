"""Where a cycle's inputs come from: exports, and the report of the tests. Neither is believed."""

from __future__ import annotations

from promobot.adapters.exports import newest_export, read_exports
from promobot.adapters.repository import Repository
from promobot.core.health import Health
from promobot.core.intake import Intake
from promobot.usecases.propose import ExportSource, HealthSource, no_report


def export_source(repository: Repository, exports: list[str] | None) -> ExportSource:
    """Named exports are read at once, so that a bad one is refused before anything else is asked or done."""
    if exports:
        intake = read_exports(exports)
        return lambda _: intake
    return lambda folder: _newest(repository, folder)


def health_source(repository: Repository) -> HealthSource:
    """The report lies in the checkout, where the run of the tests left it; it is an input, as the export is."""
    checkout = repository.checkout
    if checkout is None:
        return no_report

    def read(path: str) -> Health:
        # Only a policy that asks for a report pays for reading XML.
        from promobot.adapters.health_report import read_health  # noqa: PLC0415

        return read_health(checkout / path, path)

    return read


def _newest(repository: Repository, folder: str) -> Intake | None:
    checkout = repository.checkout
    found = None if checkout is None else newest_export(checkout / folder, repository.last_changed(folder))
    return None if found is None else read_exports([str(found)])
