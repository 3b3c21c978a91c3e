"""Use cases: one command is one transaction; the allocation cycle; read models; ports."""
