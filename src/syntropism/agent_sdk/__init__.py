"""What agents import inside a sandbox: one file, standard library only."""
