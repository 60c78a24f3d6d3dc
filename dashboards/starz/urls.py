from django.urls import path

from dashboards.homes.views import home
from dashboards.starz import answers, documents
from dashboards.starz.methods import pages as methods
from dashboards.starz.payouts import calendar, one, pages, standing
from dashboards.starz.statements import pages as statements
from dashboards.starz.tax import pages as tax

app_name = "starz"
METHODS = "settings/methods"
PAYOUT = "payouts/<uuid:payout_id>"
urlpatterns = [
    path("", home, name="home"),
    path("tax", tax.overview, name="tax"),
    path("tax/sign", tax.sign, name="tax_sign"),
    path("tax/documents/<uuid:document_id>", tax.document, name="tax_document"),
    path("statements", statements.listing, name="statements"),
    path("statements/file", statements.taken, name="statement_file"),
    path("payouts", pages.payouts, name="payouts"),
    path("payouts/export.csv", pages.export, name="payouts_export"),
    path(PAYOUT, one.payout, name="payout"),
    path(f"{PAYOUT}/cancel", one.cancel, name="payout_cancel"),
    path(f"{PAYOUT}/method", one.choose, name="payout_method"),
    path(f"{PAYOUT}/ask", one.ask, name="payout_ask"),
    path(f"{PAYOUT}/answer", answers.answer, name="payout_answer"),
    path(f"{PAYOUT}/documents", documents.send, name="payout_documents"),
    path("documents/<uuid:document_id>", documents.document, name="document"),
    path("calendar", calendar.calendar, name="calendar"),
    path("standing", standing.standing, name="standing"),
    path(METHODS, methods.listing, name="methods"),
    path(f"{METHODS}/add", methods.add, name="method_add"),
    path(f"{METHODS}/<uuid:method_id>", methods.one, name="method"),
    path(f"{METHODS}/<uuid:method_id>/prefer", methods.prefer, name="method_prefer"),
    path(f"{METHODS}/<uuid:method_id>/remove", methods.remove, name="method_remove"),
    path(f"{METHODS}/<uuid:method_id>/disown", methods.disown, name="method_disown"),
]
