"""Attributions over the words of the original text."""
