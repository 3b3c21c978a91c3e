"""Windows as processes of this host, under bubblewrap where it works."""

from syntropism.adapters.process.enclosures import SANDBOX_UID
from syntropism.adapters.process.host_files import HostFiles
from syntropism.adapters.process.sandbox import ProcessSandbox

__all__ = ["SANDBOX_UID", "HostFiles", "ProcessSandbox"]
