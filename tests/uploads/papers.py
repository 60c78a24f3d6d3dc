"""Documents good and bad, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)


def photo(kind: str = "JPEG", *, size: tuple[int, int] = (60, 40), turned: bool = False) -> bytes:
    """A picture that says where it was taken and by whom."""
    image, out = Image.new("RGB", size, (200, 30, 30)), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x013B] = "SECRETCAMERA", "SECRETARTIST"
    if turned:
        exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (59.0, 54.0, 0.0)
    image.save(out, kind, exif=exif)
    return out.getvalue()


def pdf(*, pages: int = 1, content: bytes = b"0 0 m 10 10 l S", script: bool = False, password: str = "") -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
        drawing = DecodedStreamObject()
        drawing.set_data(content)
        page[NameObject("/Contents")] = writer._add_object(drawing)
        page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): _script()})
        page[NameObject("/Annots")] = ArrayObject([DictionaryObject({NameObject("/A"): _script()})])
    if script:
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Odd"): _script()})
    writer._root_object[NameObject("/OpenAction")] = _script()
    writer.add_attachment("evil.exe", b"SECRETATTACHMENT")
    writer.add_metadata({"/Author": "SECRETAUTHOR"})
    if password:
        writer.encrypt(password)
    writer.write(out)
    return out.getvalue()


def _script() -> DictionaryObject:
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("SECRETSCRIPT")}
    )


def pdf_with_photo(*, packed: tuple[str, ...] = (), behind: bytes = b"", notes: bytes = b"") -> bytes:
    """A scan: one page that is one JPEG, with what the phone wrote into it."""
    writer, out = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(200, 200)
    picture = DecodedStreamObject()
    picture._data = photo() + behind
    for name, value in (
        ("Type", "XObject"),
        ("Subtype", "Image"),
        ("ColorSpace", "DeviceRGB"),
        ("Filter", "DCTDecode"),
    ):
        picture[NameObject(f"/{name}")] = NameObject(f"/{value}")
    for name, number in (("Width", 60), ("Height", 40), ("BitsPerComponent", 8)):
        picture[NameObject(f"/{name}")] = NumberObject(number)
    if packed:
        picture._data = zlib.compress(picture._data)
        picture[NameObject("/Filter")] = ArrayObject([NameObject(f"/{name}") for name in (*packed, "DCTDecode")])
    if notes:
        written = DecodedStreamObject()
        written.set_data(notes)
        picture[NameObject("/Metadata")] = writer._add_object(written)
        more = DecodedStreamObject()
        more.set_data(notes)
        private = DictionaryObject({NameObject("/Private"): writer._add_object(more)})
        picture[NameObject("/PieceInfo")] = writer._add_object(private)
    images = DictionaryObject({NameObject("/Im0"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): images})
    writer.write(out)
    return out.getvalue()


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A few kilobytes that would be painted as gigabytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1 << 20), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf_bomb() -> bytes:
    """A page whose drawing unpacks to far more than anybody wants to read."""
    writer, out = PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(200, 200)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 24)) for _ in range(16)) + packer.flush()
    bomb = DecodedStreamObject()
    bomb._data = packed
    bomb[NameObject("/Filter")] = NameObject("/FlateDecode")
    page[NameObject("/Contents")] = writer._add_object(bomb)
    writer.write(out)
    return out.getvalue()
