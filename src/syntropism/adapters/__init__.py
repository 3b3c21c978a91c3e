"""Everything that meets the outside world; adapters do not know each other."""
