"""Column types Postgres has and Django does not."""

from django.db import models


class TransactionIdField(models.Field):
    """The writing transaction's 64-bit id; the sealer reads rows below the snapshot's oldest."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def get_internal_type(self) -> str:
        return "TransactionIdField"
