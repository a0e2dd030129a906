"""How bright a PNG is, with nothing but the standard library: 8-bit RGB or RGBA, as browsers write it."""

from __future__ import annotations

import struct
import zlib


def _unfiltered(data: bytes, width: int, height: int, channels: int) -> list[bytearray]:
    """The rows of a picture, their filters (PNG, section 9) undone."""
    stride, rows, before = width * channels, [], bytearray(width * channels)
    for number in range(height):
        start = number * (stride + 1)
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + stride])
        for i in range(stride if kind else 0):
            left = row[i - channels] if i >= channels else 0
            above, corner = before[i], before[i - channels] if i >= channels else 0
            guess = left + above - corner
            paeth = min((left, above, corner), key=lambda value: abs(guess - value))
            row[i] = (row[i] + (0, left, above, (left + above) // 2, paeth)[kind]) & 255
        rows.append(row)
        before = row
    return rows


def size_and_brightness(png: bytes) -> tuple[int, int, float, int]:
    """Width, height, mean brightness (0 to 255) and the number of different colours, on every fourth row."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts, header = 8, [], b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        parts += [body] if kind == b"IDAT" else []
        at += length + 12
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    channels = {2: 3, 6: 4}[colours]
    assert depth == 8
    rows = _unfiltered(zlib.decompress(b"".join(parts)), width, height, channels)
    pixels = [bytes(row[i : i + 3]) for row in rows[::4] for i in range(0, width * channels, channels)]
    return width, height, sum(map(sum, pixels)) / (3 * len(pixels)), len(set(pixels))
