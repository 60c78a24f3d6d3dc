"""docs/creator-support.md: what creators see of payouts, what support answers and does; printed from the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from foundation.reasons import Reason as R
from payouts import words
from payouts.life.states import PayoutState

INTRO = """# Payouts: what creators ask, and what to answer

For people on the support desk. The words in quotation marks are the ones on the creator's page; they come from
`payouts/words.py`, and this page is printed from it (`manage.py docs_build`). Read them to the creator as they stand:
cause, date, what they can do. Dates are computed: repeat the one on the page and never promise another.

**Never said to a creator:** a score, a bound, the name of a rule, how something was found, or that a name was
compared with a list. A check for laundering is a routine check, in the same words as any other. You do not see these
either; if you happen to learn them, they stay inside.

**Always true, and worth saying:** money that waits stays the creator's. Nothing is ever paid twice. Every hold has a
date by which it ends or a person answers.

## Where to look

| you want to know | open |
|---|---|
| what the creator sees, and when | the payout under `/ops/payouts` |
| what holds money, and who looks at it | `/ops/holds`; decisions of compliance under `/compliance/escalations` |
| whether a rail stands still for everybody | the switches `payouts.pause` and `payouts.rail.<rail>` |

You can explain and pass on. Letting money go, stopping it, sending at once and changing where somebody is paid to are
other people's: finance and compliance, by their pages, with a reason. Nobody, also not support, changes a destination
for a creator: they do it themselves, with the code that is mailed to them.
"""
STATES = """
## Where a payout stands

| state | the creator reads | answer | do |
|---|---|---|---|
"""
REASONS = """
## Why it waits

| reason | the creator reads | and can | do |
|---|---|---|---|
"""
BESIDE = """
## What may hold beside a reason

| what holds | the creator reads | and can | do |
|---|---|---|---|
"""
BANKS = """
## What a bank or rail says when it gives money back

The creator reads "Your bank sent it back: …" with one of these; the money is in the balance again, and a fee of a
payout that did arrive first stays with whoever did the work. What banks kept on the way back is ours to bear: the
creator has all of it again.

| it said | the creator reads |
|---|---|
"""
QUESTIONS = """
## Questions that come often

**"Where is my money?"** Read the stage to them: with us, with the rail, with their bank. With the bank for longer
than the date on the page: ask finance to look for it, giving the payout's id; never ask the creator to request it
again meanwhile.

**"Why do I wait longer than others?"** Every payout waits, from half a day to a week. How long depends on how the
account's sales have gone; their page *Standing* says what makes it shorter. Longer waits after many refunds carry a
notice.

**"I did not change my bank account."** Have them open the method under *Settings, where I am paid to* and press *This
was not me*: nothing goes there from that moment. Then open an urgent case for compliance.

**"Can you send it today?"** Only finance can ask for a payment at once, and a second person agrees; every check still
holds. Pass on the reason in the creator's words. Promise nothing.

**A creator asked something.** It waits under *Questions* (`/ops/questions`), oldest first, to be answered within a
day: finance and you write the answer there, the creator reads exactly that and is told. Nobody answers about their own
money.

**"I want to contest it."** They can ask a person from the payout's page; it makes nothing later. A hold that turns
out wrong is lifted and counted as ours.

**"It says being looked for."** An answer of the rail was lost. We ask until we know, for at most a day before a
person takes over. It is not paid a second time, and either arrives or is in the balance again.
"""
# What support answers beyond the page, and does.
BY_STATE: Final[Mapping[str, tuple[str, str]]] = {
    "REQUESTED": ("It was taken; the page shows more within a minute.", "nothing"),
    "SCREENED": ("It was taken; the page shows more within a minute.", "nothing"),
    "IN_ESCROW": ("It leaves on the date shown, by itself.", "look under *Why it waits*"),
    "FROZEN": ("Read the cause, the date and what can be done.", "look under *Why it waits*; pass on what they send"),
    "APPROVED": ("It leaves with the next run of its rail.", "nothing"),
    "QUEUED": ("It leaves with the next run of its rail.", "past its date: tell finance"),
    "PREPARED": ("It is leaving; it can no longer be changed or given up.", "nothing"),
    "SENT": ("It left; the rail or bank has it.", "past its date: tell finance"),
    "PROCESSING": ("It left; the rail or bank has it.", "past its date: tell finance"),
    "UNKNOWN": ("An answer was lost; nothing is paid twice.", "nothing for a day; then finance"),
    "PAID": ("The rail says it arrived. Banks may show it hours later.", "not there after two days: tell finance"),
    "RETURNED": ("It is in the balance again.", "help them correct where they are paid to"),
    "FAILED": ("It is in the balance again.", "help them correct where they are paid to"),
    "CANCELLED": ("It was given up and is in the balance again.", "not by them: look who gave it up, and why"),
}
BY_REASON: Final[Mapping[R, str]] = {
    R.ESCROW_STANDARD: "nothing",
    R.NEW_ACCOUNT_LARGE_PAYOUT: "pass on papers the creator sends; finance looks by the date",
    R.CHARGEBACK_SPIKE: "show where disputes are answered; compliance looks by the date",
    R.HIGH_REFUND_RATIO: "explain that other income still pays out",
    R.CONCENTRATED_PAYERS: "pass on what they tell about their buyers",
    R.BANK_CHANGED: "not their change: *This was not me*, then compliance at once",
    R.KYC_MISSING: "say which document is named; the payout's page takes it",
    R.TAX_FORM: "show the tax page",
    R.CHECK_IN_PROGRESS: "say nothing beyond the page; past the date tell compliance",
    R.RAIL_DELAY: "offer another way; past the date tell finance",
    R.HOLIDAY: "nothing",
    R.OUTAGE: "nothing; read the notice of the switch",
    R.RETURNED_BY_BANK: "help them correct where they are paid to and ask again",
    R.NEGATIVE_BALANCE: "go through the statement's lines with them",
    R.REQUESTED: "nothing",
    R.DECIDED_BY_PERSON: "ask who decided to answer by the date",
    R.DECIDED_BY_RULE: "say nothing beyond the page; past the date tell compliance",
    R.EXPIRED: "tell compliance",
    R.SCHEDULED: "nothing",
    R.CORRECTION: "pass questions on to finance",
    R.SECURITY: "have them change their password and second factor; then compliance",
    R.CRISIS: "nothing; read the notice of the crisis desk",
}
# Beside the reasons: what may hold for a payout that waits.
BY_SIGN: Final[Mapping[str, tuple[str, str, str]]] = {
    "a dispute is inside": (
        words.DISPUTED, "answer_disputes",
        "show where disputes are answered; what proves the sale goes to compliance",
    ),
    "two people agree": (words.SECOND_PERSON, words.NOTHING, "past the date tell finance"),
    "late": (words.LATE, words.NOTHING, "tell finance"),
}  # fmt: skip


def support_page() -> str:
    """What support needs, with every state and every reason there is."""
    return "".join((INTRO, STATES, *_states(), REASONS, *_reasons(), BESIDE, *_beside(), BANKS, *_banks(), QUESTIONS))


def _states() -> Iterator[str]:
    for state in PayoutState:
        word, sentence = words.WAITING[state]
        answer, deed = BY_STATE[state]
        yield _row(f"`{state}`", f'"{word}. {sentence}"' if sentence else f'"{word}" and the reason', answer, deed)


def _reasons() -> Iterator[str]:
    for reason, why in words.REASONS.items():
        deed = words.DEEDS[why.action]
        said = " or ".join(f'"{sentence}"' for sentence in filter(None, (why.filled, why.otherwise)))
        yield _row(f"`{reason}`", said, f"{deed.text} {deed.effect}", BY_REASON[R(reason)])


def _beside() -> Iterator[str]:
    for sign, (said, action, answer) in BY_SIGN.items():
        deed = words.deed(action)
        yield _row(sign, f'"{said}"', f"{deed.text} {deed.effect}", answer)


def _banks() -> Iterator[str]:
    for code, said in words.BANKS_SAY.items():
        yield _row(f"`{code}`", f'"{said}"')


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
