"""fit() and what it needs: parameter groups, schedules, precision, alarms."""
