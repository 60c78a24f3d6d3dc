import fanzmoney.trials.hooks
import fanzmoney.trials.house
import fanzmoney.trials.ledger
import fanzmoney.trials.ledger_hammer
import fanzmoney.trials.ledger_statements
import fanzmoney.trials.outages.batteries
import fanzmoney.trials.payment_faults.batteries
import fanzmoney.trials.payment_faults.killed_web
import fanzmoney.trials.payment_faults.nonsense
import fanzmoney.trials.payments
import fanzmoney.trials.payout_faults.batteries
import fanzmoney.trials.payouts
import fanzmoney.trials.payouts_file
import fanzmoney.trials.payouts_freeze
import fanzmoney.trials.payouts_release
import fanzmoney.trials.payouts_statements
import fanzmoney.trials.payouts_status  # noqa: F401  joins the benches and batteries
