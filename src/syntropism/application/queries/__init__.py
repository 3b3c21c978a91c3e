"""Read models: functions from a (read-only) unit of work to frozen views."""
