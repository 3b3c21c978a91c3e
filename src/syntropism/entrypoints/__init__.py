"""Ways in: the library, the CLI, the server; and the one container that wires them."""
