"""The errors of sending a message."""

from __future__ import annotations

from leadcli.errors import Failed


class RecipientRejected(Failed):
    """This message was rejected. The next one may be accepted."""


class OutcomeUnknown(Failed):
    """The message was sent and no reply came, so it is unknown whether it arrived."""
