"""Why a file gives no report."""

from __future__ import annotations


class Unreadable(Exception):
    """There is no report in the file. The text goes on after the report's name: what is wrong, and the mend.

    It quotes nothing from the file, because it ends in a pull request and in logs.
    """
