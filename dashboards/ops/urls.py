from django.urls import path

from dashboards.homes.views import home
from dashboards.ops import approvals

app_name = "ops"
urlpatterns = [
    path("", home, name="home"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>", approvals.approval, name="approval"),
]
