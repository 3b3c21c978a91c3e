"""Execution: one existence of one agent, and everything that can become of it."""
