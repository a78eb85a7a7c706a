"""What programs that leadcli starts inherit: not the mail password."""

from __future__ import annotations

import pytest
from desk import Desk
from postoffice import HOST, configure, office
from strangers import hook

ADD = ("add", "Ada")
MAIL = ("report", "pipeline", "--email", "bob@example.com")


@pytest.mark.parametrize("child", ["hook", "rule", "mail.command", "mail.password_command"])
def test_no_program_inherits_the_mail_password(desk: Desk, child: str) -> None:
    program = desk.file("program", f"#!/bin/sh\nenv > {desk.home}/environment\necho s3cret\n")
    program.chmod(0o700)
    if child == "hook":
        program.rename(hook(desk))
    elif child == "rule":
        desk.ok("rule", "add", "g", "--on", "added", "--run", str(program))
    elif child == "mail.command":
        configure(desk, command=program)
    else:
        configure(desk, transport="smtp", host=HOST, port=9, security="starttls", user="ann", password_command=program)
    with office() as (_, port):
        if child == "mail.password_command":
            desk.ok("config", "mail.port", port)
            desk.ok("config", "mail.security", "none")
        desk.run(*ADD, LEADCLI_SMTP_PASSWORD="hush")
        desk.run(*MAIL, LEADCLI_SMTP_PASSWORD="hush")
    environment = (desk.home / "environment").read_text()
    assert "LEADCLI_ME=ann" in environment
    assert "hush" not in environment
