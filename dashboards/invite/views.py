"""The way into a portal: the link a creator or fan was mailed."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from foundation import clock
from foundation.errors import Invalid, StepUpRequired
from foundation.identity.actors import actor_of, user_of
from foundation.identity.login.entering import enter_by_password
from foundation.identity.selectors import describe_invitation
from foundation.identity.services import accept_invitation
from foundation.identity.sessions import is_on_word_alone


class PasswordForm(forms.Form):
    password = forms.CharField(
        label="Choose a password",
        max_length=200,
        strip=False,
        help_text="At least 12 characters; a sentence is easy to remember",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; the button does (mail scanners open links too)."""
    invited = describe_invitation(token, at=clock.now())
    is_signed_in = request.user.is_authenticated
    if is_on_word_alone(actor_of(request)):
        raise StepUpRequired()
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and (is_signed_in or form.is_valid()):
        try:
            user = accept_invitation(
                token=token,
                by=actor_of(request),
                at=clock.now(),
                password="" if is_signed_in else form.cleaned_data["password"],
                user_id=user_of(request).pk if is_signed_in else None,
            )
        except Invalid as refusal:
            for error in refusal.errors:
                form.add_error(error["field"], error["detail"])
        else:
            messages.success(request, f"Your place on {invited.platform} is ready.")
            return redirect("/") if is_signed_in else enter_by_password(request, user)
    sign_in = "/login?" + urlencode({"next": request.path})
    page = {"invited": invited, "form": form, "is_signed_in": is_signed_in, "sign_in": sign_in}
    return render(request, "invite/page.html", page, status=400 if form.errors else 200)
