"""The HTTP door: the System Service and the operator side as a FastAPI application."""
