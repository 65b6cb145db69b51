"""Texts -> token ids, and which tokens survive."""
