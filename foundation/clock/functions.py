"""The database's clock inside queries: what is due is chosen by it."""

from django.db.models import DateTimeField, Func


class FanzNow(Func):
    function = "fanz_now"
    template = "%(function)s()"
    output_field = DateTimeField()
