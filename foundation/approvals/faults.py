"""XC5, XA3: many hands decide one request at once, among them whoever asked, whoever it is about, and their other
accounts. One outcome, one effect, no vote by anybody with a part in it, no vote on another change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.db import DatabaseError, connection

from foundation import clock
from foundation.actors import Actor, ActorKind, system
from foundation.approvals.models import Approval, ApprovalDecision
from foundation.approvals.services import approve, reject, request_approval, withdraw_approval
from foundation.approvals.states import State, Verdict
from foundation.errors import Refusal
from foundation.faults import Battery, Run, batteries
from foundation.identity.models import Party, Platform, RoleGrant, User
from foundation.identity.roles import Role
from foundation.identity.scopes import Scope
from foundation.identity.services import grant_role
from foundation.retry import retrying

HANDS = 8
BATTERY = system("battery")


class Scene:
    """One request that somebody be given a role, and everybody who might lay hands on it."""

    def __init__(self, run: Run) -> None:
        self.tag = f"{run.seed}-{run.random.getrandbits(64):x}"
        self.asker, self.newcomer = self._person("asker", Role.ADMIN), self._person("newcomer")
        self.deciders = [self._person(f"decider{number}", Role.APPROVER) for number in range(3)]
        self.asked = request_approval(
            kind="role.grant", payload={"user_id": str(self.newcomer.pk), "role": str(Role.FINANCE)}, reason="A trial",
            by=_actor(self.asker), at=clock.now(),
        )  # fmt: skip
        self.outsiders = [self.asker, self.newcomer, self._second_account(self.asker)]
        self.outsiders.append(self._second_account(self.newcomer))

    def _person(self, name: str, *roles: Role) -> User:
        user = User.objects.create_user(f"{name}-{self.tag}@fanzmoney.example", party=Party.objects.create())
        for role in roles:
            grant_role(user_id=user.pk, role=role, by=BATTERY, at=clock.now(), reason="a trial")
        return user

    def _second_account(self, user: User) -> User:
        """Another login with the right role, whose party turned out to be the same person's."""
        other = self._person(f"second-{user.pk}", Role.APPROVER)
        Party.objects.filter(user=other).update(alias_of=user.party_id)
        return other

    def hands(self, run: Run) -> list[Callable[[], str]]:
        """Those who may, one of them twice, and those who may not, in an order of this trial's own."""
        honest = [(by, run.random.choice([approve, approve, reject])) for by in map(_actor, self.deciders)]
        honest.append(honest[0])
        wicked = [(_actor(user), run.random.choice([approve, reject])) for user in self.outsiders]
        wicked += [(_program(), approve), (BATTERY, approve)]
        doings: list[Callable[[], str]] = [partial(self._decide, by, decide) for by, decide in honest + wicked]
        doings.append(partial(self._decide, _actor(self.deciders[0]), approve, "0" * 64))
        if run.random.random() < 0.3:
            doings.append(self._withdraw)
        run.random.shuffle(doings)
        return doings

    def _decide(self, by: Actor, decide: Callable[..., Approval], seen_hash: str = "") -> str:
        seen_hash = seen_hash or self.asked.change_hash
        retrying(decide)(approval_id=self.asked.pk, seen_hash=seen_hash, reason="A trial", by=by, at=clock.now())
        return by.reference

    def _withdraw(self) -> str:
        by = _actor(self.asker)
        retrying(withdraw_approval)(approval_id=self.asked.pk, reason="A trial", by=by, at=clock.now())
        return "withdrawn"

    def judge(self, run: Run, done: list[str]) -> None:
        """Compare what everybody was told with what stands in the database."""
        settled = Approval.objects.get(pk=self.asked.pk)
        votes = list(ApprovalDecision.objects.filter(approval=settled))
        grants = RoleGrant.objects.filter(user=self.newcomer, role=Role.FINANCE).count()
        honest = {_actor(user).reference for user in self.deciders}
        if len(done) != 1:
            run.violated(f"{len(done)} hands were told that theirs was the outcome: {done}")
        if {vote.decider for vote in votes} - honest or any(vote.change_hash != settled.change_hash for vote in votes):
            run.violated(f"a vote that may not be: {[vote.decider for vote in votes]}")
        if any(count > 1 for count in Counter(vote.decider for vote in votes).values()):
            run.violated("somebody voted twice")
        expected = {State.APPLIED: [Verdict.APPROVE], State.REJECTED: [Verdict.REJECT], State.WITHDRAWN: []}
        if [vote.verdict for vote in votes] != expected.get(State(settled.state), ["no such end"]):
            run.violated(f"{settled.state} by {[vote.verdict for vote in votes]}")
        if grants != (settled.state == State.APPLIED):
            run.violated(f"{settled.state}, and the role was given {grants} times")


def _actor(user: User) -> Actor:
    roles = frozenset(user.role_grants.filter(ended_at=None).values_list("role", flat=True))
    return Actor(ActorKind.USER, str(user.pk), roles=roles, party_id=user.party_id, is_second_factor_passed=True)


def _program() -> Actor:
    """A program with every scope there is."""
    platform_id = Platform.objects.values_list("pk", flat=True)[0]
    return Actor(ActorKind.CLIENT, "battery", platform_id=platform_id, scopes=frozenset(Scope.values))


def decide_all_at_once(run: Run) -> None:
    def one(doing: Callable[[], str]) -> str:
        try:
            return doing()
        except Refusal:
            return ""
        except DatabaseError as error:
            return f"only the database refused: {str(error).splitlines()[0]}"
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as hands:
        for _ in run:
            scene = Scene(run)
            scene.judge(run, [said for said in hands.map(one, scene.hands(run)) if said])


batteries.add("approvals", Battery("decisions at once by people with and without a part in it", decide_all_at_once))
