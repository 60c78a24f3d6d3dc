"""What a request body may be, and what an answer is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer

from foundation.errors import Invalid
from foundation.http.strict_json import MOST_BYTES, TooLarge, UnsupportedMedia, read_json, refuse_broken_text

TAKEN = frozenset({"application/json", "application/problem+json", "application/*", "*/*"})


def read_bounded(stream: Any) -> bytes:
    raw: bytes = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise TooLarge()
    return raw


def refuse_encoded(request: HttpRequest) -> None:
    """A packed body may unpack to anything, and a foreign character set to other words."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMedia(detail="Send the body unpacked.")
    if (request.content_params or {}).get("charset", "utf-8").lower().replace("-", "") != "utf8":
        raise UnsupportedMedia(detail="Send the body as UTF-8.")


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        refuse_encoded(stream)
        return read_json(read_bounded(stream))


class StrictFormParser(BaseParser):
    """A form of single values; only the token address takes one, because OAuth libraries send it."""

    media_type = "application/x-www-form-urlencoded"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        refuse_encoded(stream)
        try:
            pairs = parse_qsl(read_bounded(stream).decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
        except ValueError:
            raise Invalid("form.malformed", "The body is not a form in UTF-8.") from None
        form = dict(pairs)
        if len(form) < len(pairs):
            raise Invalid("form.duplicate_key", "A field stands twice in the form.")
        for pair in pairs:
            for text in pair:
                refuse_broken_text(text)
        return form


class OneFormat(DefaultContentNegotiation):
    """Answers are JSON; a caller that takes neither JSON nor problem documents gets 406."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        for offer in request.headers.get("Accept", "*/*").split(","):
            kind, *parameters = (part.strip().lower() for part in offer.split(";"))
            refused = any(
                parameter.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for parameter in parameters
            )
            if kind in TAKEN and not refused:
                return renderers[0], renderers[0].media_type
        raise NotAcceptable()


class PlainJSONRenderer(JSONRenderer):
    """One representation, whatever parameters the caller's Accept carries."""

    charset = None

    def get_indent(self, accepted_media_type: str, renderer_context: Any) -> None:
        return None
