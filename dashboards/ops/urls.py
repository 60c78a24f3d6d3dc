from django.urls import path

from dashboards.homes.views import home
from dashboards.ops import approvals, news, roles

app_name = "ops"
urlpatterns = [
    path("", home, name="home"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals/ask/role", roles.ask, name="ask_role"),
    path("approvals/<uuid:approval_id>", approvals.approval, name="approval"),
    path("news", news.news, name="news"),
    path("news/letters/<int:letter_id>/replay", news.replay, name="replay_letter"),
]
