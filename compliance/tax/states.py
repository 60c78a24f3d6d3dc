"""The forms by which people say who they are to a tax office, and what follows from one."""

from __future__ import annotations

from django.db.models import TextChoices


class Form(TextChoices):
    W9 = "W-9", "W-9: a person or company of the US"
    W8BEN = "W-8BEN", "W-8BEN: a person from elsewhere"
    W8BENE = "W-8BEN-E", "W-8BEN-E: a company from elsewhere"


class Standing(TextChoices):
    MISSING = "missing", "No form yet"
    VALID = "valid", "In force"
    NO_NUMBER = "no_number", "The taxpayer number is missing"
    EXPIRED = "expired", "Ran out; sign it again"


class Scheme(TextChoices):
    """Under which rule something was withheld; the word is the ledger's source as well."""

    NONE = "none", "Nothing is withheld"
    BACKUP = "us-backup", "US backup withholding"
    FOREIGN = "us-foreign", "US withholding from people elsewhere"


class Document(TextChoices):
    NEC = "1099-NEC", "1099-NEC: what you were paid"
    K = "1099-K", "1099-K: sales settled for you"
    DAC7 = "DAC7", "DAC7: what platforms report in Europe"
