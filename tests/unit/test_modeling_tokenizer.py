"""What people type is text in every family, even where it looks like a special token."""

from __future__ import annotations

from pathlib import Path

import pytest
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.modeling.tokenizer import load_tokenizer
from tests.tiny import VOCABULARY

ANGLES = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
BRACKETS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHARACTERS = "▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ<>/[]."
TYPED = f"a film {' '.join(ANGLES)} and {' '.join(BRACKETS)} the<pad>end</s>[SEP]"


def unigram(special: list[str]) -> list[tuple[str, float]]:
    """As SentencePiece models hold it: special tokens among the words, with a score of 0."""
    words = [("▁the", -3.0), ("▁film", -4.0), ("▁and", -4.0)]
    return [*((mark, 0.0) for mark in special), *((one, -9.0) for one in CHARACTERS), *words]


def word_pieces(name: str) -> transformers.PreTrainedTokenizerBase:
    special = ANGLES if name == "MPNetTokenizer" else BRACKETS
    return getattr(transformers, name)(vocab={one: at for at, one in enumerate([*special, *VOCABULARY[5:]])})


def byte_pairs() -> transformers.PreTrainedTokenizerBase:
    letters = pre_tokenizers.ByteLevel.alphabet()
    return transformers.RobertaTokenizer(vocab={one: at for at, one in enumerate([*ANGLES, *letters])}, merges=[])


def modern() -> transformers.PreTrainedTokenizerBase:
    backend = Tokenizer(
        models.BPE({one: at for at, one in enumerate([*BRACKETS, *pre_tokenizers.ByteLevel.alphabet()])}, [])
    )
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), BRACKETS, strict=True))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, **names)


MAKERS = {
    "bert": lambda: word_pieces("BertTokenizer"),
    "mpnet": lambda: word_pieces("MPNetTokenizer"),
    "roberta": byte_pairs,
    "modernbert": modern,
    "xlm-roberta": lambda: transformers.XLMRobertaTokenizer(vocab=unigram(ANGLES)),
    "camembert": lambda: transformers.CamembertTokenizer(vocab=unigram(ANGLES)),
    "albert": lambda: transformers.AlbertTokenizer(vocab=unigram(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"])),
    "deberta-v2": lambda: transformers.DebertaV2Tokenizer(vocab=unigram(BRACKETS)),
}  # fmt: skip


def loaded(folder: Path, family: str) -> transformers.PreTrainedTokenizerBase:
    MAKERS[family]().save_pretrained(folder)
    return load_tokenizer(folder)


@pytest.mark.parametrize("family", MAKERS)
def test_typed_special_tokens_stay_text(tmp_path: Path, family: str) -> None:
    tokenizer = loaded(tmp_path, family)
    unknown = tokenizer.unk_token_id
    special = set(tokenizer.all_special_ids) - {unknown}
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=512), 512)
    read = encoder.tokenise([TYPED], offsets=True)
    pairs = list(zip(read["input_ids"][0], read["offset_mapping"][0], strict=True))
    assert not special & {one for one, _ in pairs}
    # a single character may be unknown, but never a whole mark
    assert all(stop - start <= 1 for one, (start, stop) in pairs if one == unknown)
    covered = {place for _, (start, stop) in pairs for place in range(start, stop)}
    assert {place for place, one in enumerate(TYPED) if one in "<>/[]SPA"} <= covered
    around = [mark for part in encoder.frames[1] for mark in part]
    assert [one for one in encoder.encode([TYPED]).ids.tolist() if one in special] == around


@pytest.mark.parametrize("family", MAKERS)
def test_other_texts_are_read_as_the_family_reads_them(tmp_path: Path, family: str) -> None:
    text = "the film and a <b>film</b> s> pad [a] ."
    ours = loaded(tmp_path, family)(text)["input_ids"]
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path, split_special_tokens=False)(text)["input_ids"]
    assert ours == theirs and len(ours) > 12


@pytest.mark.parametrize("family", MAKERS)
def test_a_saved_tokenizer_reads_the_same_again(tmp_path: Path, family: str) -> None:
    first = loaded(tmp_path / "first", family)
    first.save_pretrained(tmp_path / "second")
    second = load_tokenizer(tmp_path / "second")
    assert second(TYPED)["input_ids"] == first(TYPED)["input_ids"]
    assert repr(second.backend_tokenizer.pre_tokenizer) == repr(first.backend_tokenizer.pre_tokenizer)
    exported = transformers.AutoTokenizer.from_pretrained(tmp_path / "second")
    if family in ("bert", "mpnet", "roberta", "modernbert"):
        assert exported(TYPED)["input_ids"] == first(TYPED)["input_ids"]
