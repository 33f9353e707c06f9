"""Icons, read by hand: no window is needed to know that they are whole."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest

from syncgui.providers import abstract_provider, lib

RESOURCES = Path(abstract_provider.__file__).parent / "resources"
OURS = {"local_drive", "studio", "gdrive", "fallback"}


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Chunks of a PNG by type, several of one type joined; their checksums are looked at."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    found: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        body = png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack(">I", png[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        found[kind] = found.get(kind, b"") + body
        place += 12 + length
    return found


@pytest.mark.parametrize("name", sorted(one.stem for one in RESOURCES.glob("*.png")))
def test_an_icon_is_24_by_24_with_alpha_and_something_to_see(name: str) -> None:
    found = chunks((RESOURCES / f"{name}.png").read_bytes())
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", found[b"IHDR"])
    assert (width, height, depth, colour, interlace) == (24, 24, 8, 6, 0)
    pixels = zlib.decompress(found[b"IDAT"])
    assert len(pixels) == 24 * (1 + 24 * 4)
    assert len(set(pixels)) > 20


def test_all_icons_that_are_spoken_of_are_there() -> None:
    assert {one.stem for one in RESOURCES.glob("*.png")} == OURS


def test_every_provider_of_ours_has_one() -> None:
    classes = {code: lib.provider_class(code) for code in lib.provider_codes()}
    ours = [code for code, one in classes.items() if one and one.__module__.startswith("syncgui.providers.")]
    assert "local_drive" in ours
    assert [lib.icon(code, "some_site").name for code in ours] == [f"{code}.png" for code in ours]


def test_the_studio_has_its_own_whatever_its_provider() -> None:
    assert lib.icon("local_drive", "studio") == RESOURCES / "studio.png"
    assert lib.icon("nonsense", "studio") == RESOURCES / "studio.png"


def test_a_planned_provider_may_have_one_already_and_others_get_the_fallback() -> None:
    assert lib.icon("gdrive", "cloud") == RESOURCES / "gdrive.png"
    assert lib.icon("sftp", "far") == RESOURCES / "fallback.png"


@pytest.mark.parametrize("code", ["nonsense", "../studio", "studio", "", "/etc/passwd"])
def test_a_code_that_nobody_knows_leads_to_the_fallback_and_nowhere_else(code: str) -> None:
    assert lib.icon(code, "site") == RESOURCES / "fallback.png"
