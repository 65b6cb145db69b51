"""Which of the encodings of Chinese, Japanese and Korean a text is in: by the signs that come in every sentence.

Bytes of one are mostly valid in the others, and sometimes in UTF-8; but read in the wrong one, the text is of signs
that hardly anybody writes.
"""

from __future__ import annotations

import re

_HIRAGANA = "".join(map(chr, range(0x3041, 0x3094)))
FREQUENT = {
    "gb18030": (
        "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于"
        "着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还"
        "进好小部其些主样理心她本前开但因只从想实很酒店房服务"
    ),
    "big5": (
        "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於"
        "著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還"
        "進好小部其些主樣理心她本前開但因只從想實很酒店房服務"
    ),
    "cp932": _HIRAGANA,
    "euc_jp": _HIRAGANA,
    "cp949": "이다는을에의가고하지로은도를한어기사인아자있나게시리해서대라보수주정만일그들여과것없면안니었습너무요했",
}  # fmt: skip
"""Encoding -> its most frequent signs: of Chinese about 100 each, in Japanese the syllables between the words."""
_KANA_HALF = re.compile("[\uff61-\uff9f]")
_ENOUGH, _SHARE = 8, 0.1  # signs beyond ASCII, and how many of them are frequent ones; in a wrong encoding hardly any
_BROKEN = 0.01


def east_asian(sample: bytes) -> str | None:
    """Return the encoding of a text in Chinese, Japanese or Korean; None where the bytes do not read as one."""
    shares = {name: _share(sample, name) for name in FREQUENT}
    best = max(shares, key=shares.__getitem__)
    return best if shares[best] >= _SHARE else None


def _share(sample: bytes, encoding: str) -> float:
    """Return the share of frequent signs among those beyond ASCII; 0 where bytes have no meaning."""
    text = sample.decode(encoding, "replace")
    signs = [char for char in text if not char.isascii()]
    broken = text.count("\ufffd") > 1 + _BROKEN * len(signs) or len(_KANA_HALF.findall(text)) > 0.1 * len(signs)
    if len(signs) < _ENOUGH or broken:
        return 0.0
    return sum(char in FREQUENT[encoding] for char in signs) / len(signs)
