"""Humans, real or scripted: whoever looks at prompts and scores them."""
