from django.urls import path

from foundation.identity.api.handoffs import HandoffsView
from foundation.identity.api.me import MeView
from foundation.identity.api.members import InvitationView, MembersView, MemberView
from foundation.identity.api.token import TokenView
from foundation.identity.roles import Role

urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="token"),
    path("handoffs", HandoffsView.as_view(), name="handoffs"),
    path("me", MeView.as_view(), name="me"),
]

for kind, role in {"creators": Role.CREATOR, "fans": Role.FAN}.items():
    urlpatterns += [
        path(kind, MembersView.as_view(role=role), name=kind),
        path(f"{kind}/<str:external_id>", MemberView.as_view(role=role), name=kind[:-1]),
        path(f"{kind}/<str:external_id>/invitation", InvitationView.as_view(role=role), name=f"{kind[:-1]}-invitation"),
    ]
