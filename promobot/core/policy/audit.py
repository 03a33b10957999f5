"""What the audit of the base branch's history starts from, what it demands, and what people have looked at already."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from promobot.core.policy.keys import GpgKey, SshKey
from promobot.core.policy.types import Section

CommitId = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=64)]


class Acknowledged(Section):
    """A finding that people know of. It is still told, in a list of its own, and no longer makes the audit fail."""

    commit: CommitId = Field(description="the commit that the finding names")
    code: Code = Field(description="the finding's code")
    reason: str = Field(min_length=1, max_length=1000, description="why it is known and may stay")


class Audit(Section):
    """How the history of the base branch is proved."""

    baseline: CommitId | None = Field(
        default=None,
        description="the commit whose content is taken as given; absent: the one that first brought the policy",
    )
    require_signed: bool = Field(
        default=False, description="true: a landing without a good signature by an allowed key is a finding"
    )
    require_record: bool = Field(
        default=False, description="true: a landing without a record of who approved it is a finding"
    )
    allowed_ssh_keys: Annotated[tuple[SshKey, ...], Field(strict=False)] = Field(
        default=(), description="who may sign with SSH: lines of .pub files, without options"
    )
    allowed_gpg_keys: Annotated[tuple[GpgKey, ...], Field(strict=False)] = Field(
        default=(), description="who may sign with OpenPGP: public key blocks, as gpg --armor --export prints them"
    )
    acknowledged: tuple[Acknowledged, ...] = Field(
        default=(), strict=False, description="findings that people know of; they get a list of their own"
    )

    @model_validator(mode="after")
    def _somebody_may_sign(self) -> Self:
        if self.require_signed and not (self.allowed_ssh_keys or self.allowed_gpg_keys):
            raise ValueError(
                "require_signed = true needs allowed_ssh_keys or allowed_gpg_keys: without one no signature counts"
            )
        return self
