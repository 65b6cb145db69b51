"""The Layers page: a file for each view, or for two that belong together."""
