from django.urls import path

from payouts.methods.api import views

ONE = "payout-methods/<uuid:method_id>"
urlpatterns = [
    path("payout-rails", views.RailsView.as_view(), name="payout-rails"),
    path("payout-methods", views.MethodsView.as_view(), name="payout-methods"),
    path(ONE, views.MethodOneView.as_view(), name="payout-method"),
    path(f"{ONE}/code", views.CodeView.as_view(), name="payout-method-code"),
    path(f"{ONE}/proof", views.ProofView.as_view(), name="payout-method-proof"),
    path(f"{ONE}/preferred", views.PreferView.as_view(), name="payout-method-preferred"),
    path(f"{ONE}/disowned", views.DisownView.as_view(), name="payout-method-disowned"),
]
