"""Make a document harmless: a picture is painted anew, of a PDF only the pages are kept.

`python -m foundation.uploads.cleaning` is a process of its own with little memory and time: it reads a file on stdin,
and writes its kind and the clean file on stdout, or the words of a refusal. Whatever goes wrong in it ends with it.
"""

from __future__ import annotations

import io
import resource
import sys
import warnings
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

REFUSED = 3
MEMORY_BYTES, CPU_SECONDS = 1 << 30, 10
MOST_PIXELS, MOST_PAGES, MOST_UNPACKED = 32_000_000, 50, 128 << 20
PDF_LEFT_BEHIND = ("/AA", "/Annots", "/Metadata", "/PieceInfo", "/Thumb")
PDF_ACTIVE = {"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/OpenAction", "/XFA"}
JPEG_START, JPEG_KEPT = b"\xff\xd8", {0xE0, 0xE2, 0xEE}  # size, colours, Adobe's transform


class Refused(Exception):
    """Words for whoever sent it."""


def clean(raw: bytes) -> tuple[str, bytes]:
    """The kind and the clean bytes, told by the content alone; Refused for everything else."""
    if raw.startswith(JPEG_START):
        return "image/jpeg", _picture(raw, "JPEG")
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", _picture(raw, "PNG")
    if raw.startswith(b"%PDF-"):
        return "application/pdf", _pages(raw)
    raise Refused("Send a PDF, a JPEG or a PNG. A photo of the document will do.")


def _picture(raw: bytes, kind: str) -> bytes:
    from PIL import Image, ImageOps

    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = None  # ours is lower, and has words
    with Image.open(io.BytesIO(raw), formats=[kind]) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refused(f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels. Send a smaller one.")
        if getattr(image, "n_frames", 1) > 1:
            raise Refused("The picture moves. Send a still one.")
        upright = ImageOps.exif_transpose(image)
        colours = "RGB" if kind == "JPEG" or upright.mode not in ("RGBA", "LA", "PA", "P") else "RGBA"
        painted = Image.new(colours, upright.size)  # a new one: it carries nothing but what is seen
        painted.paste(upright.convert(colours))
    out = io.BytesIO()
    painted.save(out, kind, **({"quality": 88} if kind == "JPEG" else {}))
    return out.getvalue()


def _pages(raw: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import StreamObject

    reader = PdfReader(io.BytesIO(raw))
    if reader.is_encrypted:
        raise Refused("The PDF is locked with a password. Send it without.")
    if not 1 <= len(reader.pages) <= MOST_PAGES:
        raise Refused(f"The PDF has {len(reader.pages)} pages. Send between 1 and {MOST_PAGES}.")
    writer = PdfWriter()
    for page in reader.pages:
        for name in PDF_LEFT_BEHIND:
            page.pop(name, None)
        writer.add_page(page)
    left = MOST_UNPACKED
    for found in _dictionaries(writer._objects):
        for name in PDF_LEFT_BEHIND:
            found.pop(name, None)
        if PDF_ACTIVE & (found.keys() | {value for value in found.values() if isinstance(value, str)}):
            raise Refused("The PDF does things when it is opened. Print it to a new PDF, or send a photo.")
        if isinstance(found, StreamObject) and "/FlateDecode" in str(found.get("/Filter")):
            left -= len(zlib.decompressobj().decompress(found._data, left + 1))
            if left < 0:
                raise Refused(f"The PDF unpacks to more than {MOST_UNPACKED >> 20} MB. Send a photo of the document.")
        if isinstance(found, StreamObject) and found._data.startswith(JPEG_START):
            found._data = without_notes(found._data)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _dictionaries(objects: Iterable[Any]) -> Iterator[Any]:
    """Every dictionary, those inside others too."""
    for found in objects:
        if isinstance(found, dict):
            yield found
            yield from _dictionaries(list(found.values()))
        elif isinstance(found, list):
            yield from _dictionaries(found)


def without_notes(jpeg: bytes) -> bytes:
    """A JPEG inside a page, without what the camera wrote beside the picture."""
    out, place = bytearray(JPEG_START), 2
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and jpeg[place + 1] != 0xDA:
        marker, length = jpeg[place + 1], 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        is_note = marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in JPEG_KEPT)
        if not is_note:
            out += jpeg[place : place + length]
        place += length
    return bytes(out + jpeg[place:])


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        kind, clean_bytes = clean(sys.stdin.buffer.read())
    except Refused as refusal:
        sys.stdout.write(str(refusal))
        return REFUSED
    sys.stdout.buffer.write(kind.encode() + b"\n" + clean_bytes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
