from foundation.errors import Conflict


class DoesNotSettle(Conflict):
    title, default_code = "The posting does not settle this difference", "ledger.does_not_settle"
