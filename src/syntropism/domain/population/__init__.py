"""The population: agents, where they come from, and how they end."""
