from django.urls import path

from dashboards.ops.payouts import acts, calendar, emergency, figures, holds, listing, one, questions

urlpatterns = [
    path("payouts", listing.payouts, name="payouts"),
    path("payouts.<str:form>", listing.export, name="payouts_export"),
    path("payouts/calendar", calendar.calendar, name="payout_calendar"),
    path("payouts/calendar.<str:form>", calendar.export, name="payout_calendar_file"),
    path("payouts/figures", figures.page, name="payout_figures"),
    path("payouts/emergency", emergency.emergency, name="payout_emergency"),
    path("payouts/<uuid:payout_id>", one.payout, name="payout"),
    path("payouts/<uuid:payout_id>/extend", acts.extend, name="payout_extend"),
    path("payouts/<uuid:payout_id>/freeze", acts.freeze, name="payout_freeze"),
    path("payouts/<uuid:payout_id>/cancel", acts.cancel, name="payout_cancel"),
    path("payouts/<uuid:payout_id>/confirm", acts.confirm, name="payout_confirm"),
    path("payouts/<uuid:payout_id>/returned", acts.came_back, name="payout_returned"),
    path("payouts/<uuid:payout_id>/ask", acts.ask, name="payout_ask"),
    path("documents/<uuid:document_id>", one.document, name="document"),
    path("questions", questions.questions, name="questions"),
    path("questions/<uuid:question_id>", questions.question, name="question"),
    path("holds", holds.holds, name="holds"),
    path("holds/<uuid:freeze_id>", holds.hold, name="hold"),
    path("holds/notes/<int:note_id>", holds.note, name="hold_note"),
]
