"""A policy in plain words: what it lets happen to every live value, and what in it a person should look at.

The rules are not written a second time: the engine itself is asked, with patches that have everything to be said for
them. The reasons that remain are what the policy imposes.
"""

from promobot.core.explain.findings import Finding, Severity
from promobot.core.explain.parameters import Parameter, Verdict
from promobot.core.explain.policy import Explanation, explain

__all__ = ["Explanation", "Finding", "Parameter", "Severity", "Verdict", "explain"]
