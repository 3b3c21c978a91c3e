"""The economy itself: pure rules, no I/O, no clock, no randomness."""
