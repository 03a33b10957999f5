"""The endpoints, one module a subject; importing this package fills the table of routes."""

from . import base, checks, content, contents, issues, labels, merges, objects, pulls, refs, reviews, settings, trees

__all__ = [
    "base",
    "checks",
    "content",
    "contents",
    "issues",
    "labels",
    "merges",
    "objects",
    "pulls",
    "refs",
    "reviews",
    "settings",
    "trees",
]
