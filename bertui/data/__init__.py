"""Bytes -> Table -> Split: reading, columns, report, versions, splitting, samples."""
