"""The Sentence page."""
