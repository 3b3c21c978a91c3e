"""``python -m syntropism``: the command line."""

from syntropism.entrypoints.cli.main import main

main()
