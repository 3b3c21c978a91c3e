"""Use cases that change something: each is one function, run in one transaction."""
