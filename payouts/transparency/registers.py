import payouts.life.registers  # declares the topic
import payouts.transparency.hooks  # noqa: F401  what platforms are told
from foundation.notifications.catalogue import declare_notice
from foundation.notifications.states import Level

declare_notice(
    "payout.asked_about",
    topic="payouts",
    level=Level.ACTION_REQUIRED,
    title="A creator asks about a payout",
    body="{question}",
    path="/ops/questions/{question_id}",
)
declare_notice(
    "payout.question_answered",
    topic="my_payouts",
    level=Level.INFO,
    title="Your question was answered",
    body="{answer}",
    path="/starz/payouts/{payout_id}",
)
