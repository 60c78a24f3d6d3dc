"""Keccak-256 as Ethereum uses it: the padding that came before SHA-3 was standardised, which no library here speaks."""

from __future__ import annotations

from typing import Final

RATE, LANE, MASK = 136, 8, 2**64 - 1
ROUNDS: Final = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000A, 0x000000008000808B, 0x800000000000008B, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip
TURNS: Final = (
    (0, 36, 3, 41, 18), (1, 44, 10, 45, 2), (62, 6, 43, 15, 61), (28, 55, 25, 21, 56), (27, 20, 39, 8, 14),
)  # fmt: skip
FIVE = range(5)


def keccak256(data: bytes) -> bytes:
    padded = bytearray(data) + bytearray(RATE - len(data) % RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    lanes = [[0] * 5 for _ in FIVE]
    for start in range(0, len(padded), RATE):
        for lane in range(RATE // LANE):
            at = start + lane * LANE
            lanes[lane % 5][lane // 5] ^= int.from_bytes(padded[at : at + LANE], "little")
        lanes = _permuted(lanes)
    return b"".join(lanes[place % 5][place // 5].to_bytes(LANE, "little") for place in range(4))


def _permuted(a: list[list[int]]) -> list[list[int]]:
    for constant in ROUNDS:
        columns = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in FIVE]
        mixed = [columns[(x - 1) % 5] ^ _turned(columns[(x + 1) % 5], 1) for x in FIVE]
        b = [[0] * 5 for _ in FIVE]
        for x in FIVE:
            for y in FIVE:
                b[y][(2 * x + 3 * y) % 5] = _turned(a[x][y] ^ mixed[x], TURNS[x][y])
        a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in FIVE] for x in FIVE]
        a[0][0] ^= constant
    return a


def _turned(lane: int, by: int) -> int:
    return (lane << by | lane >> (64 - by)) & MASK
