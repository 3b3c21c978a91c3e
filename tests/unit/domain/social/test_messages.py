"""Messages: plain text, read once."""

from datetime import UTC, datetime, timedelta

import pytest

from syntropism.domain.errors import Invalid
from syntropism.domain.social.messages import CONTENT_MAX, Message, require_content

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("content", ["", "\t\n", "a\x00", "x" * (CONTENT_MAX + 1), None, b"hi"])
def test_content_that_is_no_message_is_refused(content):
    with pytest.raises(Invalid) as refusal:
        require_content(content)
    assert refusal.value.details["field"] == "content"


def test_the_first_reading_counts():
    message = Message("m", "a", "b", "hello", NOW, 1)
    read = message.read(NOW)
    assert read.read_at == NOW
    assert read.read(NOW + timedelta(days=1)) == read
