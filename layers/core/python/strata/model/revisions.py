"""Revisions of what can be changed, as entity tags: a change that names the one it saw is refused
where another came first."""

from strata.model.errors import VersionConflict


def tag_of(revision: int) -> str:
    return f'"{revision}"'


def check_tag(if_match: str | None, revision: int) -> None:
    """`if_match` is None where the caller does not care. Raises VersionConflict."""
    if if_match not in (None, "*", tag_of(revision)):
        raise VersionConflict
