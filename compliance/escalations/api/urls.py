from django.urls import path

from compliance.escalations.api import views

ONE = "escalations/<uuid:escalation_id>"
urlpatterns = [
    path("escalations", views.EscalationsView.as_view(), name="escalations"),
    path(ONE, views.EscalationView.as_view(), name="escalation"),
    path(f"{ONE}/actions", views.ActionsView.as_view(), name="escalation-actions"),
    path(f"{ONE}/resolution", views.ResolutionView.as_view(), name="escalation-resolution"),
]
