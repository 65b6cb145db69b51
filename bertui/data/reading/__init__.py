"""Files of any format, read into rows."""
