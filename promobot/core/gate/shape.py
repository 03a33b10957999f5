"""What a pull request touches, before any value is looked at: which paths together, and in what form they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from promobot.core.gate.protected import CORE, Protected, Role
from promobot.core.gate.verdict import Touched, Violation
from promobot.core.rendering.text import visible

REGULAR, SYMLINK, GITLINK = 0o100644, 0o120000, 0o160000
NAMES = ("proposal_meta.json", "config_patches.json", "OPERATOR_CHECKLIST.md")
MOST_NOTICES = 20


class Shape(NamedTuple):
    """The touched paths by what they are. `folders` are the new proposals' folders; `stray` what else is touched among
    the proposals; `free` the unprotected paths."""

    touched: dict[str, Touched]
    roles: dict[str, Role]
    folders: tuple[str, ...]
    stray: tuple[str, ...]
    free: tuple[str, ...]

    def has(self, role: Role) -> bool:
        """Whether a path of this role is touched."""
        return role in self.roles.values()

    @property
    def only_free(self) -> bool:
        """Whether nothing protected is touched."""
        return not self.roles


def shape_of(touched: Iterable[Touched], protected: Protected, standing: Collection[str] = ()) -> Shape:
    """Sort the touched paths. `standing` are the names of the folders that the base has among its proposals."""
    by_path = {one.path: one for one in touched}
    roles = {path: role for path in by_path if (role := protected.role(path)) is not None}
    start = f"{protected.reports}/"
    proposals = [path for path, role in roles.items() if role is Role.PROPOSALS]
    named = {path: path.removeprefix(start).partition("/") for path in proposals}
    inner = {path: name for path, (name, _, rest) in named.items() if rest and name not in standing}
    folders = tuple(sorted({f"{start}{name}" for name in inner.values()}))
    stray = tuple(path for path in proposals if path not in inner)
    return Shape(by_path, roles, folders, stray, tuple(path for path in by_path if path not in roles))


def bent(shape: Shape, protected: Protected) -> Iterator[Violation]:
    """Ways to make a protected path mean something else than the file that was reviewed (DESIGN 3.5)."""
    for path, one in shape.touched.items():
        if one.gone:
            continue
        role, twin = shape.roles.get(path), protected.twin(path)
        if twin is not None:
            yield Violation("twin", f"{visible(path)} is {twin} to some file systems; give it another name", path)
        elif role in CORE or role is Role.ATTRIBUTES or protected.above(path):
            yield from _form(one, protected)


def _form(one: Touched, protected: Protected) -> Iterator[Violation]:
    kinds = {SYMLINK: ("symlink", "a symbolic link"), GITLINK: ("gitlink", "a submodule")}
    if one.new_mode in kinds:
        code, what = kinds[one.new_mode]
        yield Violation(code, f"{visible(one.path)} is {what}; a plain file or folder must stand there", one.path)
    elif protected.above(one.path):
        yield Violation("not_a_folder", f"{visible(one.path)} is a file where a folder must stand", one.path)
    elif any(one.path.startswith(f"{file}/") for file in protected.files()):
        yield Violation("not_a_file", f"{visible(one.path)} makes a folder of a protected file", one.path)
    elif one.new_mode != REGULAR:
        yield Violation("file_mode", f"{visible(one.path)} has mode {one.new_mode:o}, not 100644", one.path)


def together(shape: Shape, protected: Protected) -> Iterator[Violation]:
    """Which paths may not come in one pull request, and which not without a proposal."""
    values = shape.has(Role.OVERRIDES) or shape.has(Role.PROPOSALS)
    if shape.has(Role.POLICY) and values:
        yield Violation(
            "policy_with_values",
            "the policy and live values or proposals change together; make two pull requests of them",
            protected.policy,
        )
    if len(shape.folders) > 1:
        names = ", ".join(visible(folder) for folder in shape.folders[:3])
        yield Violation("several_proposals", f"one pull request carries one proposal, not {names}", shape.folders[1])
    for path in shape.stray:
        code = "proposal_removed" if shape.touched[path].gone else "proposal_altered"
        yield Violation(code, f"{visible(path)}: what has landed among the proposals stays as it is", path)
    if shape.has(Role.OVERRIDES) and not shape.folders:
        yield Violation(
            "unexplained_values",
            f"{protected.overrides} changes without a proposal; use promobot set, unset, apply or revert",
            protected.overrides,
        )
    if shape.folders:
        yield from _foreign(shape, protected)


def _foreign(shape: Shape, protected: Protected) -> Iterator[Violation]:
    for path in shape.touched:
        folder, _, name = path.rpartition("/")
        if path in (protected.overrides, protected.policy) or path in shape.stray:
            continue
        if folder not in shape.folders or name not in NAMES:
            yield Violation("foreign_path", f"{visible(path)} is nothing that a proposal may carry", path)


def to_be_seen(shape: Shape) -> Iterator[Violation]:
    """Protected paths that ask for their code owners' review and for nothing else."""
    others = [path for path, role in shape.roles.items() if role in (Role.OTHER, Role.ATTRIBUTES)]
    for path in others[:MOST_NOTICES]:
        yield Violation("owner_review", f"{visible(path)} is protected: its code owners must review it", path)
    if len(others) > MOST_NOTICES:
        yield Violation("owner_review", f"and {len(others) - MOST_NOTICES} more protected paths")
