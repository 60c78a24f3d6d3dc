from django.urls import path

from foundation.identity.api.me import MeView
from foundation.identity.api.token import TokenView

urlpatterns = [
    path("oauth/token", TokenView.as_view(), name="token"),
    path("me", MeView.as_view(), name="me"),
]
