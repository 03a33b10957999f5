"""Where a proposal comes from, as the last part of every checklist; and how a person says no to it."""

from __future__ import annotations

from promobot.core.models import PromotionProposal
from promobot.core.rendering.text import code

SAY_NO = "Merging is the approval. To say no, close this pull request or use promobot reject."


def provenance(proposal: PromotionProposal) -> tuple[str, ...]:
    """One line each: ids, kind, who asked, policy, base, export, time. What a kind does not have is left out."""
    meta = proposal.meta
    wish = meta.get("wish")
    rows = {
        "Proposal": code(proposal.proposal_id),
        "Digest": code(meta["digest"]),
        "Kind, mode": f"{code(meta['kind'])}, {code(meta['mode'])}",
        **({"Asked by": code(f"promobot {wish['source']['command']}")} if wish and meta["kind"] != "expiry" else {}),
        **({"Reverts": code(meta["reverts"])} if "reverts" in meta else {}),
        "Policy": f"{code(meta['policy']['path'] or 'none')} at {code(meta['policy']['blob'] or 'none')}",
        "Base": f"{code(meta['base']['branch'] or 'none')} at {code(meta['base']['commit'] or 'none')}",
        **({} if wish else {"Export": code(meta["export"]["sha256"] or "none")}),
        "Evaluated": f"{code(meta['facts']['evaluated_at'])} by promobot {code(meta['engine_version'])}",
    }
    return tuple(f"- {name}: {value}" for name, value in rows.items())
