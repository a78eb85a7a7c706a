#!/usr/bin/env python3
"""A CGI script behind a contact form: hands what a visitor sent to leadcli, and answers with a page.

Put it into the cgi-bin folder of a web server, owned by the user whose desk it fills (LEADCLI_DB names the desk).
The form has a field `fax` that people do not see and robots fill in.
"""

import os
import subprocess
import sys

LARGEST = 1 << 20
PAGES = {
    0: ("200 OK", "Thank you. We will be in touch."),
    4: ("400 Bad Request", "Please give a name and an e-mail address."),
    75: ("503 Service Unavailable", "Please try again in a minute."),
}


def main() -> None:
    length = min(int(os.environ.get("CONTENT_LENGTH") or 0), LARGEST + 1)
    body = sys.stdin.buffer.read(length)
    command = ["leadcli", "--quiet", "inbox", "--form", "--honeypot", "fax"]
    done = subprocess.run(
        command, input=body, stdout=subprocess.DEVNULL, check=False
    )  # its errors go to the server's log
    status, text = PAGES.get(done.returncode, ("500 Internal Server Error", "Something went wrong here."))
    print(f"Status: {status}\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>{text}</p>")


main()
