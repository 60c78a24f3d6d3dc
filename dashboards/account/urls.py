"""Signing in and one's own account. Of allauth's pages only these are open; there is no sign-up."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from dashboards.account import entrance, keys, notifications, pages, proof

own_pages = [
    path("", pages.home, name="home"),
    path("profile", pages.profile, name="profile"),
    path("address", pages.address, name="address"),
    path("address/<str:letter>", entrance.new_address, name="new_address"),
    path("appearance", pages.appearance, name="appearance"),
    path("sessions", pages.sessions, name="sessions"),
    path("sessions/others/end", pages.end_other_sessions, name="end_other_sessions"),
    path("sessions/<uuid:session_id>/end", pages.end_session, name="end_session"),
    path("notifications", notifications.listed, name="notifications"),
    path("notifications/read", notifications.read_all, name="read_notifications"),
    path("notifications/ways", notifications.choose, name="choose_notifications"),
    path("notifications/<uuid:notification_id>", notifications.follow, name="notification"),
    path("confirm", proof.confirm, name="confirm"),
    path("keys", keys.listed, name="keys"),
    path("keys/add", keys.add, name="key_add"),
    path("keys/<uuid:passkey_id>/rename", keys.rename, name="key_rename"),
    path("keys/<uuid:passkey_id>/remove", keys.remove, name="key_remove"),
    path("security", pages.security, name="security"),
    path("security/totp", proof.totp, name="totp"),
    path("security/totp/remove", proof.remove_totp, name="remove_totp"),
    path("security/recovery-codes", proof.recovery_codes, name="recovery_codes"),
]

urlpatterns = [
    path("login", entrance.login, name="account_login"),
    path("logout", allauth_views.logout, name="account_logout"),
    path("mfa", entrance.challenge, name="mfa_authenticate"),
    path("account/inactive", allauth_views.account_inactive, name="account_inactive"),
    path("account/password/reset", entrance.password_reset, name="account_reset_password"),
    path("account/password/reset/sent", allauth_views.password_reset_done, name="account_reset_password_done"),
    path(
        "account/password/reset/done",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^account/password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9a-z-]+)$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/security/password", entrance.password_change, name="account_change_password"),
    path("account/", include((own_pages, "account"))),
]
