"""One point that the promise rests on, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

from promobot.core.explain.findings import Finding, Severity
from promobot.core.readiness.seen import Unknown


@dataclass(frozen=True)
class Answer:
    """`stands` says how it is; `well` and `ill` are the messages for both cases, `mend` that for the second.

    An `advice` that is not followed is a warning in every mode and does not make bounded_auto unready.
    """

    code: str
    stands: bool | Unknown
    well: str
    ill: str
    mend: str
    advice: bool = False

    @property
    def missing(self) -> bool:
        """Whether it is known not to stand, and needed."""
        return self.stands is False and not self.advice

    @property
    def unseen(self) -> bool:
        """Whether nobody can tell, and it is needed."""
        return isinstance(self.stands, Unknown) and not self.advice

    def finding(self, counts: bool) -> Finding:
        """As doctor tells it; `counts`: what is missing is an error."""
        if isinstance(self.stands, Unknown):
            mend = f"give the token the permission {self.stands.permission}, or look for yourself: {self.mend}"
            return Finding(Severity.UNKNOWN, self.code, f"not seen whether {self.well}", mend)
        if self.stands:
            return Finding(Severity.OK, self.code, self.well)
        severity = Severity.ERROR if counts and not self.advice else Severity.WARNING
        return Finding(severity, self.code, self.ill, self.mend)
