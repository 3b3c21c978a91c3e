"""The machine's own clock, ids, tokens and locks."""
