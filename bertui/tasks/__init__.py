"""One file per task: its columns, targets, head, loss, metrics and decoding."""
