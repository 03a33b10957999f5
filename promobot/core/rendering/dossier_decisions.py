"""Every patch of a landed proposal with its decision, as its own file tells; and the wish of any other kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from promobot.core.audit.dossier import array, at
from promobot.core.rendering.text import visible, visible_json

EVIDENCE = ("confidence_score", "source_experiment_id", "reason", "generated_at", "status", "meta")


def decision_lines(patches: Iterable[object]) -> Iterator[str]:
    """A line for each patch and its verdict, then every reason, then the loop's evidence."""
    for entry in patches:
        patch, decision = at(entry, "patch"), at(entry, "decision")
        value = visible_json(at(patch, "new_value"), 60)
        yield f"{_word(at(patch, 'id'))} {_word(at(patch, 'target'))} -> {value}: {_verdict(decision)}"
        reasons = (*array(at(decision, "reasons")), *array(at(decision, "auto_apply_reasons")))
        yield from (f"  {_word(at(reason, 'code'))}: {_sentence(at(reason, 'message'))}" for reason in reasons)
        evidence = ((name, at(patch, name)) for name in EVIDENCE)
        told = ", ".join(f"{name} {visible_json(value)}" for name, value in evidence if value is not None)
        yield f"  says: {told}"
        if at(entry, "risk") is not None:
            yield f"  risk {visible_json(at(entry, 'risk'))}"


def wish_lines(wish: object) -> Iterator[str]:
    """Who asked for what, and why."""
    yield f"promobot {_word(at(wish, 'source', 'command'))}: {visible_json(at(wish, 'reason'), 1000)}"
    for name in ("proposal", "digest"):
        named = at(wish, "source", name)
        if named is not None:
            yield f"of {name} {_word(named)}"


def _verdict(decision: object) -> str:
    if decision is None:
        return "not judged, for the loop itself does not hold it for ready"
    status = _word(at(decision, "status"))
    if status != "ACCEPTED_FOR_PROPOSAL":
        return status
    return f"{status}, {'applied on merge' if at(decision, 'auto_apply') is True else 'by hand'}"


def _word(told: object) -> str:
    """A word of a closed alphabet plainly, anything else quoted."""
    plain = isinstance(told, str) and told.isascii() and all(char.isalnum() or char in "._:-" for char in told) and told
    return str(told) if plain else visible_json(told, 80)


def _sentence(told: object) -> str:
    """A rule's own words are plain; of a tampered file they may be anything."""
    return told if isinstance(told, str) and told.isprintable() and len(told) < 300 else visible(str(told))
