"""A random BERT of a few kilobytes with a real WordPiece tokenizer, made on the spot: no download."""

from __future__ import annotations

import string
from pathlib import Path

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [*string.ascii_lowercase, *string.digits]
WORDS = [
    "the", "a", "is", "was", "not", "and", "this", "film", "movie", "good", "bad", "great", "terrible", "very",
    "plot", "acting", "but", "service", "slow", "kind", "##ing", "##ed", "##s", "##ly", "##ness",
]  # fmt: skip
OTHERS = [*"电影很好看不", *"あいア", "ก", "ש", "##ש", "ل", "##ل", "👍", "😀"]
PIECES = [*string.punctuation, *LETTERS, *(f"##{one}" for one in LETTERS), *WORDS, *OTHERS]
VOCABULARY = list(dict.fromkeys([*SPECIAL, *PIECES]))


def tiny_bert(folder: Path, *, seed: int = 0, hidden: int = 32) -> Path:
    """Save a random BERT (2 layers, 2 heads, 128 positions) with its tokenizer in ``folder``."""
    from bertui.modeling.libraries import load_libraries

    load_libraries()  # the app's own warm-up may be importing them in its thread
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY), encoding="utf-8")
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), do_lower_case=True, model_max_length=128)
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        encoder = BertModel(
            BertConfig(
                vocab_size=len(VOCABULARY), hidden_size=hidden, num_hidden_layers=2, num_attention_heads=2,
                intermediate_size=2 * hidden, max_position_embeddings=128,
            )
        )  # fmt: skip
    encoder.save_pretrained(folder)
    return folder
