"""Make a document harmless: a picture is painted anew, of a PDF only the pages are kept.

`python -m foundation.uploads.cleaning` is a process of its own with little memory and time: it reads a file on stdin,
and writes its kind and the clean file on stdout, or the words of a refusal. Whatever goes wrong in it ends with it.
"""

from __future__ import annotations

import io
import re
import resource
import sys
import warnings
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

REFUSED = 3
MEMORY_BYTES, CPU_SECONDS = 1 << 30, 10
MOST_PIXELS, MOST_PAGES, MOST_UNPACKED, MOST_CLEAN = 32_000_000, 50, 128 << 20, 16 << 20
PDF_LEFT_BEHIND = ("/AA", "/Annots", "/Metadata", "/PieceInfo", "/Thumb")
PDF_ACTIVE = {"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/RichMedia", "/OpenAction", "/XFA"}
JPEG_START, JPEG_KEPT = b"\xff\xd8", {0xE0, 0xE2, 0xEE}  # size, colours, Adobe's transform
JPEG_END, JPEG_SCAN, JPEG_BARE = 0xD9, 0xDA, {0x01, *range(0xD0, 0xD9)}  # bare: without a length
JPEG_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
FLATE, DCT = {"/FlateDecode", "/Fl"}, {"/DCTDecode", "/DCT"}


class Refused(Exception):
    """Words for whoever sent it."""


def clean(raw: bytes) -> tuple[str, bytes]:
    """The kind and the clean bytes, told by the content alone; Refused for everything else."""
    if raw.startswith(JPEG_START):
        kind, content = "image/jpeg", _picture(raw, "JPEG")
    elif raw.startswith(b"\x89PNG\r\n\x1a\n"):
        kind, content = "image/png", _picture(raw, "PNG")
    elif raw.startswith(b"%PDF-"):
        kind, content = "application/pdf", _pages(raw)
    else:
        raise Refused("Send a PDF, a JPEG or a PNG. A photo of the document will do.")
    if len(content) > MOST_CLEAN:
        raise Refused(f"Made safe, it is larger than {MOST_CLEAN >> 20} MB. Send a smaller one.")
    return kind, content


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
        if isinstance(found, StreamObject):
            left -= _look_into(found, left)
    _drop_unnamed(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _drop_unnamed(writer: Any) -> None:
    """Leave out every object no page leads to any more: pypdf would write them all the same."""
    from pypdf.generic import IndirectObject

    todo, reached = [writer._root_object, writer._info], set()
    while todo:
        found = todo.pop()
        if isinstance(found, IndirectObject):
            if found.idnum not in reached:
                reached.add(found.idnum)
                todo.append(found.get_object())
        elif isinstance(found, dict | list):
            todo.extend(found.values() if isinstance(found, dict) else found)
    kept = reached | {own.indirect_reference.idnum for own in (writer._root_object, writer._info) if own is not None}
    writer._objects = [found if number in kept else None for number, found in enumerate(writer._objects, 1)]


def _look_into(stream: Any, left: int) -> int:
    """How much it unpacks to; a photo in it loses its notes and what is packed around it."""
    from pypdf.generic import ArrayObject, NameObject

    named = stream.get("/Filter", ArrayObject()).get_object()
    filters = [name.get_object() for name in (named if isinstance(named, list) else [named])]
    data, inner, unpacked = stream._data, list(filters), 0
    while inner and inner[0] in FLATE:
        data, inner = zlib.decompressobj().decompress(data, left - unpacked + 1), inner[1:]
        unpacked += len(data)
        if unpacked > left:
            raise Refused(f"The PDF unpacks to more than {MOST_UNPACKED >> 20} MB. Send a photo of the document.")
    if DCT.intersection(filters):
        if len(inner) != 1 or not data.startswith(JPEG_START):
            raise Refused("The PDF holds a picture that is packed in an odd way. Send a photo of the document.")
        stream._data = without_notes(data)
        if len(filters) > 1:
            stream.pop("/DecodeParms", None)
        stream[NameObject("/Filter")] = NameObject("/DCTDecode")
    return unpacked


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
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF and (marker := jpeg[place + 1]) != JPEG_END:
        if marker == 0xFF or marker in JPEG_BARE:
            place += 1 if marker == 0xFF else 2
            continue
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if marker == JPEG_SCAN:
            end = after.start() if (after := JPEG_NEXT.search(jpeg, end)) else len(jpeg)
        is_note = marker == 0xFE or (0xE0 <= marker <= 0xEF and marker not in JPEG_KEPT)
        if not is_note:
            out += jpeg[place:end]
        place = end
    return bytes(out) + bytes([0xFF, JPEG_END])


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
