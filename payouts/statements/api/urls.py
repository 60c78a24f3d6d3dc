from django.urls import path

from payouts.statements.api import views

urlpatterns = [
    path("statements", views.StatementsView.as_view(), name="statements"),
    path("statements/lines", views.LinesView.as_view(), name="statement-lines"),
    path("statements/file.<str:form>", views.FileView.as_view(), name="statement-file"),
]
