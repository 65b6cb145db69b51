"""Bytes of a file in each format -> frame, and what is mended or refused on the way."""
