from __future__ import annotations

from rest_framework import serializers

from foundation.http.fields import WholeNumber
from foundation.http.serializers import StrictSerializer
from foundation.uploads.services import MOST_BYTES
from foundation.uploads.states import Kind, State


class UploadAbout(StrictSerializer):
    """What the document is about."""

    about = serializers.ChoiceField(["payout"], help_text="The kind of thing it is about.")
    id = serializers.UUIDField(help_text="Its id.")


class UploadOut(serializers.Serializer):
    """A document, without its content. Nobody gets it before it is READY."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Kind.choices, help_text="Told by the content.")
    size = WholeNumber(least=1, most=2 * MOST_BYTES, help_text="In bytes, once clean.")
    state = serializers.ChoiceField(State.choices)
    sent_at = serializers.DateTimeField()
    filename = serializers.CharField(help_text="A name of ours; the sender's is not kept.")
