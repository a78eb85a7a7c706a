#!/usr/bin/env bash
# email-validator 2.4.0 (idna 3.20) against the codec "idna" of Python 3.11: an address typed in plain ASCII leads to another domain.
# info@xn--strae-oqa.example is normalized to info@straße.example; Python's own codec (IDNA 2003) makes strasse.example of
# that, email-validator's ascii_domain (IDNA 2008) is xn--strae-oqa.example. A final sigma differs in the same way.
#
# Why a lead desk cares: the address that is stored is the normalized one, and whoever encodes it with the standard
# library writes to another company. Send to ascii_email, and compare domains in their ASCII form.
# Ends with 0 while the packages behave so, with 1 when they have changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check email-validator==2.4.0 idna==3.20
venv/bin/python - <<'PY'
from email_validator import validate_email

domains = {"xn--strae-oqa.example.com": "strasse.example.com", "xn--nxasmm1c.example.com": "xn--nxasmq6b.example.com"}
for typed, other in domains.items():
    address = validate_email(f"info@{typed}", check_deliverability=False)
    by_python = address.domain.encode("idna").decode()
    print(typed, "->", address.normalized, "->", by_python)
    assert address.ascii_domain == typed, address.ascii_domain
    assert by_python == other, by_python
PY
