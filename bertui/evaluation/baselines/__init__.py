"""Simple methods that a model must beat, for every kind of answer."""
