"""Workspace folders, the state machine of a run, and the thread that trains."""
