"""XG1, XC1, XC4, XP1, XG2-XG4 for payments, and cards that somebody typed where they do not belong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from fanzmoney.trials.payment_faults import deaths
from fanzmoney.trials.payment_faults.provider import (
    LOST,
    NAME,
    REFUSED,
    TAKEN,
    TAKEN_AND_LOST,
    proof_of,
)
from fanzmoney.trials.payment_faults.scene import BATTERY, Scene, at_once, scene
from foundation import clock
from foundation.errors import Refusal
from foundation.faults import Battery, Run, batteries
from foundation.money import Money
from foundation.retry import retrying
from processors.payments.models import Attempt, Payment
from processors.payments.services import (
    create_payment,
    open_dispute,
    repair_payment,
    repair_refund,
    request_refund,
    send_attempt,
    send_refund,
)
from processors.webhooks.models import ProviderTold, WebhookCall
from processors.webhooks.taking import take_call
from processors.webhooks.waiting import forget
from processors.webhooks.worker import Applying, Asking

MANY, PRICE = 40, 20_00


def lose_answers(run: Run) -> None:
    """Charged and lost, lost before the charge, refused: one charge at most, and all of it is known in the end."""
    with scene() as there:
        for _ in run:
            behaviour = run.random.choice([TAKEN, TAKEN_AND_LOST, TAKEN_AND_LOST, REFUSED, LOST])
            payment = _payment_of(there.prepared(PRICE, behaviour), send=True)
            at_once([partial(_ask, payment.pk)] * run.random.randint(1, 3))
            payment.refresh_from_db()
            if behaviour == LOST and payment.state != "UNKNOWN":
                run.violated(f"{payment.pk} was believed to be {payment.state} seconds after it left")
            there.judge(run, [payment])


def refund_at_once(run: Run) -> None:
    """Many hands give a tenth each: ten succeed, less what a bank takes meanwhile, and nothing is given twice."""
    with scene() as there:
        for _ in run:
            payment = _payment_of(there.prepared(PRICE, TAKEN), send=True)
            works = [partial(_refund, payment.pk, PRICE // 10)] * MANY
            is_disputed = run.random.random() < 0.3
            if is_disputed:
                works.insert(run.random.randrange(MANY // 2), partial(_dispute, payment.pk))
            answers = Counter(at_once(works))
            if not is_disputed and answers["SUCCEEDED"] != 10:
                run.violated(f"{answers['SUCCEEDED']} of ten refunds succeeded: {dict(answers)}")
            if is_disputed and answers["OPENED"] != 1:
                run.violated(f"the bank's word was lost: {dict(answers)}")
            there.judge(run, [payment])


def die_anywhere(run: Run) -> None:
    """Killed at a random point of a charge or a refund: asked afterwards, it happened once or not at all."""
    with scene() as there:
        for _ in run:
            charges = {run.random.choice(deaths.CHARGING): there.prepared(PRICE, TAKEN) for _ in range(3)}
            paid = [_payment_of(there.prepared(PRICE, TAKEN), send=True) for _ in range(2)]
            refunds = {run.random.choice(deaths.GIVING_BACK): _ask_refund(one.pk, PRICE // 2) for one in paid}
            _die(run, there, charges, refunds)
            died = [_payment_of(id) for id in charges.values()]
            for payment in died:
                repair_payment(payment_id=payment.pk, by=BATTERY)
            for refund_id in refunds.values():
                repair_refund(refund_id=refund_id, by=BATTERY)
            _judge_deaths(run, there, died)
            there.judge(run, paid)


def tell_in_any_order(run: Run) -> None:
    """Five things told in a random order, each one to five times, and forged ones among them: the same end, once."""
    with scene() as there:
        for _ in run:
            payment = _payment_of(there.on_a_page(PRICE), send=True)
            reference = f"{payment.pk.hex}-1"
            there.provider.write("charge", reference, Money(PRICE, "USD"))
            bodies = [_body(reference, *told) for told in TOLD]
            calls = [(body, proof_of(body)) for body in bodies for _ in range(run.random.randint(1, 5))]
            calls += [(_altered(run, body), proof_of(body)) for body in bodies]
            run.random.shuffle(calls)
            for body, proof in calls:
                _call(body, proof)
            _turn()
            payment.refresh_from_db()
            ends = (payment.state, payment.captured_minor, payment.refunds_minor, payment.disputed_minor)
            if ends != ("CAPTURED", PRICE, 12_00, 7_50):
                run.violated(f"{payment.pk} ended as {ends}")
            if ProviderTold.objects.filter(reference=reference).exclude(state__in=["APPLIED", "STALE"]).exists():
                run.violated(f"something told of {payment.pk} still waits")
            refused = WebhookCall.objects.filter(state="REJECTED").count()
            if refused != run.trials * len(TOLD):
                run.violated(f"{refused} of {run.trials * len(TOLD)} forged calls were refused")


def plant_cards(run: Run) -> None:
    """A card's number, however it is spelled, is neither taken as a token nor kept of a call."""
    with scene() as there:
        for _ in run:
            card = _card(run)
            with suppress(Refusal), transaction.atomic():
                create_payment(wish=there.wish(PRICE, card), by=BATTERY, at=clock.now())
                run.violated("a card's number was taken as a token")
            gap = run.random.choice(["", " ", "-"])
            spelled = gap.join(card[at : at + 4] for at in range(0, 16, 4))
            field = run.random.choice(["pan", "cardNumber", "note", "id", "x"])
            body = run.random.choice(
                [f'{{"{field}": "{spelled}"}}', f"{field}={spelled}", f"<a>{spelled}</a>"]
            ).encode()
            id = take_call(
                provider=NAME, body=body, headers={"X-Note": spelled}, query={field: spelled}, address="127.0.0.1",
                at=clock.now(),
            )  # fmt: skip
            kept = WebhookCall.objects.get(pk=id)
            for said in (bytes(kept.body).decode(), str(kept.headers), str(kept.query)):
                if card in said.replace(" ", "").replace("-", ""):
                    run.violated(f"a card is kept as it was spelled in {body[:20]!r}")


TOLD = (
    ("pending", "", PRICE), ("charged", "", PRICE), ("refunded", "r-1", 5_00), ("refunded", "r-2", 7_00),
    ("chargeback", "cb-1", 7_50),
)  # fmt: skip


def _payment_of(attempt_id: UUID, *, send: bool = False) -> Payment:
    if send:
        send_attempt(attempt_id=attempt_id, by=BATTERY)
    payment: Payment = Attempt.objects.select_related("payment").get(pk=attempt_id).payment
    return payment


def _ask(payment_id: UUID) -> str:
    return str(repair_payment(payment_id=payment_id, by=BATTERY).state)


@retrying
def _ask_refund(payment_id: UUID, minor: int) -> UUID:
    with transaction.atomic():
        asked = request_refund(
            payment_id=payment_id, amount=Money(minor, "USD"), reason="a trial", by=BATTERY, at=clock.now(),
            is_agreed_first=False,
        )  # fmt: skip
        refund_id: UUID = asked.pk
        return refund_id


def _refund(payment_id: UUID, minor: int) -> str:
    return str(send_refund(refund_id=_ask_refund(payment_id, minor), by=BATTERY).state)


@retrying
def _dispute(payment_id: UUID) -> str:
    return str(
        open_dispute(
            payment_id=payment_id, provider_ref=f"cb-{payment_id}", amount=Money(PRICE // 2, "USD"), reason="a trial",
            by=BATTERY, at=clock.now(),
        ).state
    )  # fmt: skip


def _die(run: Run, there: Scene, charges: Mapping[str, UUID], refunds: Mapping[str, UUID]) -> None:
    deeds = [f"charge:{point}={id}" for point, id in charges.items()]
    deeds += [f"refund:{point}={id}" for point, id in refunds.items()]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "fanzmoney.trials.payment_faults.deaths", str(there.provider.book), *deeds],
        cwd=settings.BASE_DIR, env=dict(os.environ), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode or done.stdout.strip():
        run.violated(f"nobody died: {done.stdout.strip()} {done.stderr[-300:]}")


def _judge_deaths(run: Run, there: Scene, died: list[Payment]) -> None:
    """A charge that never left waits for its sweeper; one that left is known, or is asked about a minute later."""
    charges = there.provider.wrote("charge")
    for payment in died:
        payment.refresh_from_db()
        taken = charges[f"{payment.pk.hex}-1"]
        is_right = payment.state == "CAPTURED" if taken else payment.state in ("ROUTED", "UNKNOWN", "FAILED")
        if taken > 1 or not is_right:
            run.violated(f"{payment.pk} is {payment.state}, charged there {taken} times")


def _body(reference: str, kind: str, number: str, minor: int) -> bytes:
    said: dict[str, Any] = {"key": f"{reference}:{kind}:{number}", "kind": kind, "reference": reference, "minor": minor}
    return json.dumps({**said, **({"number": f"{reference}-{number}"} if number else {})}).encode()


def _altered(run: Run, body: bytes) -> bytes:
    """One bit of it is another."""
    at = run.random.randrange(len(body))
    return body[:at] + bytes([body[at] ^ (1 << run.random.randrange(7))]) + body[at + 1 :]


def _call(body: bytes, proof: str) -> None:
    take_call(provider=NAME, body=body, headers={"X-Proof": proof}, query={}, address="127.0.0.1", at=clock.now())


def _turn() -> None:
    """The wheels of the runner turn; what is parked is due again at once."""
    wheels = (Applying(), Asking())
    for _ in range(40):
        forget()
        turned = [wheel.turn() for wheel in wheels]
        if not any(turned):
            if not ProviderTold.objects.filter(state__in=["DUE", "PARKED"]).exists():
                return
            ProviderTold.objects.filter(state__in=["DUE", "PARKED"]).update(due_at=clock.now())


def _card(run: Run) -> str:
    """Sixteen digits as a card has them."""
    digits = [4, *(run.random.randrange(10) for _ in range(14))]
    doubled = [sum(divmod(2 * digit, 10)) if at % 2 == 0 else digit for at, digit in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


for _name, _what, _attack in (
    ("payments_lost", "A lost answer is one charge at most, and known in the end (XG1)", lose_answers),
    ("payments_refunds", "Concurrent refunds and a dispute never exceed the capture (XC1, XC4)", refund_at_once),
    ("payments_killed", "Killed at any point, a charge or refund happens once or not at all (XP1)", die_anywhere),
    ("webhooks_orders", "Webhooks in any order end the same; forged ones do nothing (XG2-XG4)", tell_in_any_order),
    ("payments_cards", "No card's number is taken or kept, however it is spelled", plant_cards),
):  # fmt: skip
    batteries.add(_name, Battery(_what, _attack))
