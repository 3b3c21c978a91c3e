"""Inboxes."""

import pytest

from syntropism.domain.social.messages import Message


@pytest.fixture
def inbox(town, uow):
    """Ada, and four messages that Bob wrote to her."""
    ada, bob = town.agent(uow), town.agent(uow, "bob")
    sent = [Message(town.id(), bob.id, ada.id, f"letter {n} ☃", town.later(n), 3) for n in range(4)]
    for message in sent:
        uow.messages.add(message)
    uow.messages.add(Message(town.id(), ada.id, bob.id, "not for her", town.later(9), 3))
    return ada, sent


def test_an_inbox_is_what_was_sent_to_its_owner_newest_first(uow, inbox):
    ada, sent = inbox
    assert uow.messages.inbox(ada.id, 9) == sent[::-1]
    assert uow.messages.inbox(ada.id, 2) == [sent[3], sent[2]]
    assert uow.messages.inbox(ada.id, 2, before=sent[2].id) == [sent[1], sent[0]]


def test_reading_marks_once_and_counts_down(town, uow, inbox):
    ada, sent = inbox
    assert uow.messages.unread_count(ada.id) == 4
    uow.messages.mark_read(sent[:2], town.later(10))
    assert uow.messages.unread_count(ada.id) == 2
    assert uow.messages.inbox(ada.id, 9, unread=True) == [sent[3], sent[2]]
    uow.messages.mark_read(uow.messages.inbox(ada.id, 9), town.later(20))
    read_at = [message.read_at for message in uow.messages.inbox(ada.id, 9)]
    assert read_at == [town.later(20), town.later(20), town.later(10), town.later(10)]
    assert uow.messages.unread_count(ada.id) == 0


def test_marking_nothing_is_nothing(town, uow, inbox):
    uow.messages.mark_read([], town.later())
    assert uow.messages.unread_count(inbox[0].id) == 4
