"""Attention: prompts that agents show to humans, and what humans answer."""
