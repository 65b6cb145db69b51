"""Metrics with intervals, calibration, baselines."""
