"""What can go wrong while a report or an export is written."""


class ReportFailed(Exception):
    """The file could not be written; one line that says what to do."""


class MissingExtra(ReportFailed):
    """A library that only reports need is not installed; one line that says how to get it."""
