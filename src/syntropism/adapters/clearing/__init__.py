"""Faster clearing engines: columns in NumPy, integer programmes in HiGHS."""
