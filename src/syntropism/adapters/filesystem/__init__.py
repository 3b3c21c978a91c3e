"""Workspaces as folders on this host."""

from syntropism.adapters.filesystem.workspaces import FilesystemWorkspaces

__all__ = ["FilesystemWorkspaces"]
