"""The economy: accounts, transfers, holds and the numbers that govern them."""
