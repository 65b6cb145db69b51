"""BERT without padding: the same network as transformers' own modules, computed faster on a processor."""
