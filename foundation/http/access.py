"""Who may use which URL. Each room declares its rows beside its urls; what has no row is closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from foundation.actors import Actor, ActorKind
from foundation.identity.roles import STAFF_ROLES, Role

READ, WRITE = ("GET", "HEAD", "OPTIONS"), ("POST",)


@dataclass(frozen=True, slots=True)
class Who:
    """An audience: people by role, programs by scope, or everyone."""

    is_public: bool = False
    is_any_person: bool = False
    is_any_client: bool = False
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    needs_step_up: bool = False
    needs_second_factor: bool = True
    opens_on_a_platforms_word: bool = False

    def __or__(self, other: Who) -> Who:
        return Who(
            self.is_public or other.is_public,
            self.is_any_person or other.is_any_person,
            self.is_any_client or other.is_any_client,
            self.roles | other.roles,
            self.scopes | other.scopes,
            self.needs_step_up or other.needs_step_up,
            self.needs_second_factor and other.needs_second_factor,
            self.opens_on_a_platforms_word and other.opens_on_a_platforms_word,
        )

    def admits(self, actor: Actor) -> bool:
        if self.is_public:
            return True
        if actor.kind is ActorKind.USER:
            return self.is_any_person or actor.has_role(*self.roles)
        if actor.kind is ActorKind.CLIENT:
            return self.is_any_client or not self.scopes.isdisjoint(actor.scopes)
        return False

    def __str__(self) -> str:
        parts = ["everyone"] * self.is_public + ["anyone signed in"] * self.is_any_person
        parts += ["any client"] * self.is_any_client
        parts += ["any staff"] if self.roles == STAFF_ROLES else sorted(self.roles)
        parts += [f"client `{scope}`" for scope in sorted(self.scopes)]
        return ", ".join(parts) + " (steps up)" * self.needs_step_up + " (handed in)" * self.opens_on_a_platforms_word


EVERYONE = Who(is_public=True)
ANY_PERSON = Who(is_any_person=True)
ANY_CLIENT = Who(is_any_client=True)
WITHOUT_SECOND_FACTOR = Who(is_any_person=True, needs_second_factor=False)
ANY_STAFF = Who(roles=STAFF_ROLES)


def people(*roles: Role | str) -> Who:
    return Who(roles=frozenset(map(str, roles)))


def clients(*scopes: str) -> Who:
    return Who(scopes=frozenset(scopes))


def stepping_up(who: Who) -> Who:
    return replace(who, needs_step_up=True)


def also_handed_in(who: Who) -> Who:
    """Open as well to who came by a platform's hand-off and has not proven themselves; for reading only."""
    return replace(who, opens_on_a_platforms_word=True)


_rows: dict[str, dict[str, Who]] = {}


def allow(view_name: str, **by_method: Who) -> None:
    """Open one named URL: `allow("ops:approvals", GET=people(...), POST=stepping_up(people(...)))`.

    A name that ends in `*` opens every URL whose name begins so and that has no row of its own.
    """
    if view_name in _rows:
        raise ValueError(f"{view_name} is declared twice")
    _rows[view_name] = by_method


def rows() -> dict[str, dict[str, Who]]:
    return dict(sorted(_rows.items()))


def row_for(view_name: str) -> dict[str, Who] | None:
    if view_name in _rows:
        return _rows[view_name]
    families = [name for name in _rows if name.endswith("*") and view_name.startswith(name[:-1])]
    return _rows[max(families, key=len)] if families else None


def who_may(view_name: str, method: str) -> Who | None:
    row = row_for(view_name)
    if row is None:
        return None
    return row.get("GET" if method in ("HEAD", "OPTIONS") else method)


def allowed_methods(view_name: str) -> Iterable[str]:
    return sorted(row_for(view_name) or {})
