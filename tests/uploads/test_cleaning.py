"""What is sent is told by its content, painted or copied anew, and what does harm is not taken."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader

from foundation.uploads import cleaning
from foundation.uploads.cleaning import Refused, clean
from foundation.uploads.errors import NotTaken
from foundation.uploads.services import MOST_BYTES, _cleaned
from foundation.uploads.states import Kind
from tests.uploads.papers import huge_png, pdf, pdf_bomb, pdf_with_photo, photo


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_is_painted_anew_without_where_and_by_whom(kind):
    raw = photo(kind)
    assert b"SECRET" in raw
    told, content = clean(raw)
    assert told == f"image/{kind.lower()}"
    assert b"SECRET" not in content
    painted = Image.open(io.BytesIO(content))
    assert (dict(painted.getexif()), painted.size) == ({}, (60, 40))
    assert painted.convert("RGB").getpixel((5, 5))[0] > 190


def test_a_picture_stands_upright_when_the_note_that_turned_it_is_gone():
    _, content = clean(photo(turned=True))
    assert Image.open(io.BytesIO(content)).size == (40, 60)


def test_what_hangs_behind_a_picture_is_gone():
    _, content = clean(photo("PNG") + b"PK\x03\x04<script>alert(1)</script>")
    assert b"script" not in content
    assert b"PK" not in content


def test_of_a_pdf_only_the_pages_are_kept():
    raw = pdf(pages=2)
    assert b"SECRETSCRIPT" in raw
    told, content = clean(raw)
    kept = PdfReader(io.BytesIO(content))
    assert (told, len(kept.pages)) == ("application/pdf", 2)
    assert b"10 10 l" in kept.pages[0].get_contents().get_data()
    assert b"SECRET" not in content
    assert not {"/Names", "/OpenAction", "/AcroForm"} & kept.trailer["/Root"].keys()


def test_a_photo_inside_a_pdf_says_no_more_either():
    raw = pdf_with_photo()
    assert b"SECRETCAMERA" in raw
    _, content = clean(raw)
    assert b"SECRET" not in content
    (image,) = PdfReader(io.BytesIO(content)).pages[0].images
    assert image.image.size == (60, 40)


@pytest.mark.parametrize(
    "how",
    [{"notes": b"SECRETXMP"}, {"packed": ("FlateDecode",)}, {"behind": b"SECRETBEHIND"}],
    ids=["notes beside it", "packed", "behind its end"],
)
def test_nothing_said_around_a_photo_inside_a_pdf_is_kept(how):
    _, content = clean(pdf_with_photo(**how))
    assert b"SECRET" not in content
    (image,) = PdfReader(io.BytesIO(content)).pages[0].images
    stored = image.indirect_reference.get_object()
    assert stored["/Filter"] == "/DCTDecode"
    assert b"SECRET" not in stored._data
    assert image.image.convert("RGB").getpixel((5, 5))[0] > 190


def test_a_photo_of_many_scans_is_kept_whole():
    out = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(out, "JPEG", progressive=True)
    kept = cleaning.without_notes(out.getvalue() + b"SECRETBEHIND")
    assert kept == out.getvalue()


def test_what_grows_by_being_cleaned_is_refused(monkeypatch):
    monkeypatch.setattr(cleaning, "MOST_CLEAN", 100)
    with pytest.raises(Refused, match="Made safe"):
        clean(photo())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (pdf(script=True), "does things when it is opened"),
        (pdf(password="open"), "locked with a password"),
        (pdf(pages=51), "51 pages"),
        (huge_png(), "million pixels"),
        (pdf_bomb(), "unpacks to more than"),
        (pdf_with_photo(packed=("ASCIIHexDecode",)), "packed in an odd way"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "PDF, a JPEG or a PNG"),
        (b"<!doctype html><script>alert(1)</script>", "PDF, a JPEG or a PNG"),
        (b"PK\x03\x04../../etc/passwd", "PDF, a JPEG or a PNG"),
        (b"GIF89a" + bytes(40), "PDF, a JPEG or a PNG"),
        (b"MZ" + bytes(200), "PDF, a JPEG or a PNG"),
    ],
    ids=["script", "locked", "long", "huge", "bomb", "odd", "svg", "html", "zip", "gif", "program"],
)
def test_what_is_refused_says_what_to_send_instead(raw, words):
    with pytest.raises(Refused, match=words):
        clean(raw)


def test_a_process_of_its_own_takes_it_apart():
    assert _cleaned(photo()) == (Kind.JPEG, clean(photo())[1])
    with pytest.raises(NotTaken, match="PDF, a JPEG or a PNG"):
        _cleaned(b"GIF89a")


@pytest.mark.parametrize("raw", [photo()[:200], b"\x89PNG\r\n\x1a\n" + bytes(50), b"%PDF-1.7 nothing"])
def test_what_cannot_be_read_ends_that_process_and_nothing_else(raw):
    with pytest.raises(NotTaken, match="cannot be read"):
        _cleaned(raw)


def test_too_large_and_empty_are_refused_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(cleaning, "__name__", "nothing.to.run")
    for raw, words in ((b"", "empty"), (bytes(MOST_BYTES + 1), "larger than 8 MB")):
        with pytest.raises(NotTaken, match=words):
            _cleaned(raw)
