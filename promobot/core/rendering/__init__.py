"""Decisions and proposals -> text: checklist, commit message, JSON artifacts, results. Same input, same bytes."""
