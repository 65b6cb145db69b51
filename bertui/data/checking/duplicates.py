"""Which texts repeat an earlier one, exactly or nearly.

The answer is always an array ``leader [rows]`` of positions: ``leader[i] == i`` for a text that is kept,
else the position of the earlier text that row i repeats. A leader never repeats another row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

GRAM = 5  # letters in a shingle
SIMILAR = 0.8  # share of common shingles (Jaccard) from which two texts count as nearly the same
MOST_COMPARED = 200_000
_SHORTEST = 20  # shorter texts differ by too few letters to be called alike
_COMPARED_LETTERS = 1_000  # of a longer text its two ends are compared
_HASHES = 128  # the share of common shingles is estimated to within 0.035 (one standard deviation, at 0.8)
_BANDS, _BAND_WIDTH = 8, 4  # meets 98 % of the pairs that are 0.8 alike, all but 1 in 10,000 at 0.9
_CHUNK = 2_000_000  # letters hashed at a time

# Both patterns leave single blanks alone, which makes them several times faster than the obvious ones.
_ODD_SPACE = r"\t\n\v\f\r\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"
_SPACE = rf"[ {_ODD_SPACE}]{{2,}}|[{_ODD_SPACE}]"
# Marks stay: vowel signs of Hindi or Thai are marks, and words differ by them.
_NO_LETTERS = r"[^\p{L}\p{M}\p{N} ][^\p{L}\p{M}\p{N}]*| [^\p{L}\p{M}\p{N}]+"


def collapse_space(texts: pd.Series) -> pd.Series:
    """Make each run of white space one blank and take it off both ends."""
    spaced = pc.replace_substring_regex(pa.array(texts, pa.large_string()), _SPACE, " ")
    return _series(pc.utf8_trim_whitespace(spaced), texts.index)


def bare_letters(texts: pd.Series) -> pd.Series:
    """Keep lower-case letters and digits only, one blank between words; a text without any stays as it is."""
    lowered = pc.utf8_lower(pa.array(texts, pa.large_string()))
    bare = pc.utf8_trim_whitespace(pc.replace_substring_regex(lowered, _NO_LETTERS, " "))
    kept = pc.if_else(pc.equal(pc.utf8_length(bare), 0), lowered, bare)
    return _series(kept, texts.index)


def _series(texts: pa.Array, index: pd.Index) -> pd.Series:
    return texts.to_pandas().astype("str").set_axis(index)


def number_pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give equal pairs of numbers equal numbers, ``int64 [rows]``; both must be -1 or more."""
    return pd.factorize((first + 1).astype(np.int64) * (int(second.max(initial=0)) + 2) + second + 1)[0]


def equal_leaders(codes: np.ndarray) -> np.ndarray:
    """Return the leaders when rows with the same code repeat each other."""
    if not len(codes):
        return np.zeros(0, dtype=np.int64)
    dense, uniques = pd.factorize(codes)
    first = np.full(len(uniques), len(codes), dtype=np.int64)
    np.minimum.at(first, dense, np.arange(len(codes)))
    return first[dense]


def near_leaders(letters: pd.Series, kinds: np.ndarray, *, seed: int = 0) -> tuple[np.ndarray, bool]:
    """Return the leaders among nearly equal texts of one kind, and whether only a sample was compared.

    Nearly equal: the same letters and digits, or about 80 % of the five-letter shingles in common, as
    min-wise hashing estimates it.

    Args:
        letters: ``bare_letters`` of each text.
        kinds: Only rows of the same kind (such as the same label) are compared, ``int [rows]``.

    Source: Broder 1997, "On the resemblance and containment of documents"; threshold as in
        Lee et al. 2022, "Deduplicating training data makes language models better".
    """
    leader = equal_leaders(number_pairs(pd.factorize(letters)[0], kinds))
    long = (letters.str.len() >= _SHORTEST).to_numpy(dtype=bool)
    compared = np.flatnonzero((leader == np.arange(len(leader))) & long)
    sampled = len(compared) > MOST_COMPARED
    if sampled:
        chosen = np.random.default_rng(seed).choice(len(compared), MOST_COMPARED, replace=False)
        compared = compared[np.sort(chosen)]
    texts = letters.iloc[compared].tolist()
    leader[compared] = compared[_similar_leaders(texts, kinds[compared])]
    return leader[leader], sampled


def in_groups(leader: np.ndarray) -> np.ndarray:
    """Return the positions of all repeats and what they repeat, group by group."""
    repeated = np.zeros(len(leader), dtype=bool)
    repeated[leader[repeats(leader)]] = True
    members = np.flatnonzero(repeated[leader])
    return members[np.argsort(leader[members], kind="stable")]


def repeats(leader: np.ndarray) -> np.ndarray:
    """Return the positions that repeat an earlier one, ascending."""
    return np.flatnonzero(leader != np.arange(len(leader)))


def _similar_leaders(texts: Sequence[str], kinds: np.ndarray) -> np.ndarray:
    """Walk the similar pairs by their later text: a text like a kept earlier one repeats it."""
    leader = np.arange(len(texts))
    if len(texts) < 2:
        return leader
    least = _min_hashes([_two_ends(text) for text in texts])
    later, earlier = _candidates(least, kinds)
    lengths = np.array([len(text) for text in texts])
    similar = kinds[later] == kinds[earlier]
    shorter, longer = np.sort([lengths[later], lengths[earlier]], axis=0)
    similar &= shorter >= SIMILAR * longer
    later, earlier = later[similar], earlier[similar]
    similar = _agreement(least, later, earlier) >= SIMILAR
    for one, other in zip(later[similar].tolist(), earlier[similar].tolist(), strict=True):
        if leader[one] == one and leader[other] == other:
            leader[one] = other
    return leader


def _two_ends(text: str) -> str:
    half = _COMPARED_LETTERS // 2
    return text if len(text) <= _COMPARED_LETTERS else text[:half] + text[-half:]


def _min_hashes(texts: Sequence[str]) -> np.ndarray:
    """Return the least value of each hash function over a text's shingles, ``uint32 [texts, hashes]``."""
    random = np.random.default_rng(20)
    odd = random.integers(0, 2**31, _HASHES, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    flips = random.integers(0, 2**32, _HASHES, dtype=np.uint32)
    least = np.empty((len(texts), len(odd)), dtype=np.uint32)
    for start, end in _chunks([len(text) for text in texts]):
        grams, offsets = _hashed_grams(texts[start:end])
        for column, (factor, flip) in enumerate(zip(odd, flips, strict=True)):
            least[start:end, column] = np.minimum.reduceat((grams ^ flip) * factor, offsets)
    return least


def _chunks(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    numbers = np.cumsum(lengths) // _CHUNK
    borders = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(lengths)]
    return pairwise(borders)


def _hashed_grams(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Hash every shingle of the texts laid end to end; return the hashes and where each text starts."""
    lengths = np.array([len(text) for text in texts])
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum(lengths)
    grams = np.zeros(len(letters) - GRAM + 1, dtype=np.uint64)
    for place in range(GRAM):
        grams *= np.uint64(0x9E3779B97F4A7C15)
        grams += letters[place : len(grams) + place]
    grams *= np.uint64(0xBF58476D1CE4E5B9)
    hashes = (grams >> np.uint64(32)).astype(np.uint32)
    # A shingle that runs over the end of its text into the next one is none.
    inside = np.ones(len(hashes), dtype=bool)
    inside[(ends[:-1, None] - np.arange(1, GRAM)).ravel()] = False
    starts = ends - lengths - (GRAM - 1) * np.arange(len(texts))
    return hashes[inside], starts


def _candidates(least: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs (later, earlier) of rows that agree in a whole band, ordered by the later one."""
    rows, codes = len(least), []
    for band in range(_BANDS):
        bucket = kinds.astype(np.uint64)
        for column in least[:, band * _BAND_WIDTH : (band + 1) * _BAND_WIDTH].T:
            bucket = (bucket ^ column) * np.uint64(0x9E3779B97F4A7C15)
            bucket ^= bucket >> np.uint64(29)
        order = np.argsort(bucket, kind="stable")
        same = bucket[order][1:] == bucket[order][:-1]
        # Each row of a bucket is held against the one before it and against the first.
        first = order[np.maximum.accumulate(np.where(np.r_[False, same], 0, np.arange(rows)))]
        codes += [order[1:][same] * rows + earlier[same] for earlier in (order[:-1], first[1:])]
    pairs = np.unique(np.concatenate(codes))
    return pairs // rows, pairs % rows


def _agreement(least: np.ndarray, later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Return the share of hash functions whose least values agree, an estimate of Jaccard, ``[pairs]``."""
    share = np.empty(len(later))
    for start in range(0, len(later), 10_000):
        chunk = slice(start, start + 10_000)
        share[chunk] = (least[later[chunk]] == least[earlier[chunk]]).mean(axis=1)
    return share
