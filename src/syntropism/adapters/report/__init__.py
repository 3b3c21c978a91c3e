"""Reports and exports, written to files."""
