"""How sending a message may fail."""

from __future__ import annotations

from leadcli.errors import Failed


class RecipientRejected(Failed):
    """This one message was not taken; the next one may be."""


class OutcomeUnknown(Failed):
    """The message was handed over and no answer came: whether it arrived, nobody here can know."""
