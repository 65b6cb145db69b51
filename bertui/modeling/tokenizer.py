"""The tokenizer of a pre-trained model, for which a text is nothing but text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bertui.errors import ModelError, first_line
from bertui.modeling.libraries import load_libraries

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load the tokenizer; it must know the characters that each token came from.

    What looks like a special token in a text ("[SEP]", "<pad>") stays text: whoever writes it must not be able to end
    a text, pad it, or shift the positions that RoBERTa counts from its padding.

    Raises:
        ModelError: The folder has no tokenizer that can be used.
    """
    load_libraries()
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, split_special_tokens=True
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise ModelError(
            f"The model's tokenizer cannot be loaded ({first_line(error)}).",
            expected="A tokenizer.json, vocab.txt or sentence-piece model beside the weights.",
            remedy="Choose another model, or add the tokenizer's files to the folder.",
        ) from error
    if not tokenizer.is_fast:
        raise ModelError(
            "The model's tokenizer does not say which characters a token came from.",
            expected="A tokenizer with a tokenizer.json.",
            remedy="Save it once with save_pretrained on a machine that can convert it.",
        )
    if tokenizer.pad_token_id is None:
        raise ModelError(
            "The model's tokenizer has no padding token.",
            expected="An encoder of the BERT family, which has one.",
            remedy="Choose another model.",
        )
    _divide_special_tokens(tokenizer)
    return tokenizer


def _divide_special_tokens(tokenizer: PreTrainedTokenizerBase) -> None:
    """Divide special tokens of a text before a SentencePiece model sees them.

    ``split_special_tokens`` keeps them from being looked for, but the vocabulary of a unigram model (XLM-R, CamemBERT,
    ALBERT, DeBERTa) holds them among the words, and their score of 0 is better than any word's. Divided after their
    first character they cannot be found; other texts are read as before.
    """
    from tokenizers import Regex, pre_tokenizers
    from tokenizers.models import Unigram

    backend = tokenizer.backend_tokenizer
    marks = sorted({mark for mark in tokenizer.all_special_tokens if len(mark) > 1})
    if not isinstance(backend.model, Unigram) or not marks:
        return
    pattern = "|".join(f"{re.escape(mark[0])}(?={re.escape(mark[1:])})" for mark in marks)
    division = pre_tokenizers.Split(Regex(pattern), "merged_with_previous")
    before = backend.pre_tokenizer
    if before is None:
        backend.pre_tokenizer = division
    elif repr(division) not in repr(before):  # a saved tokenizer has it already
        backend.pre_tokenizer = pre_tokenizers.Sequence([before, division])
