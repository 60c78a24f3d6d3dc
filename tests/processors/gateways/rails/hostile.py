"""What people write into fields to see what happens."""

from hypothesis import strategies as st

HOSTILE = (
    "Maya\n622021000021999999999999999990000000001X", "O'Brien & Søn <x>]]>", "\u202eevil\u2066", "=HYPERLINK(1)",
    "../../etc", "Ян Ковальски", "山田太郎", "a" * 5_000, "'; DROP TABLE payout;--", "x\x00y\x1b[31m", "//::MSG",
    "9" * 94, "</Nm><CdtTrfTxInf>", "&amp;&#10;", "José\u0301 ", "🦊 Fox 7",
)  # fmt: skip
names = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60)).filter(
    lambda text: any(letter.isascii() and letter.isalnum() for letter in text)
)
