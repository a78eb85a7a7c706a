"""The quick checks of an import say what the libraries say, and its keys are those of a lead written one by one."""

from __future__ import annotations

import string

import phonenumbers
import pytest
from desk import Desk
from hypothesis import example, given
from hypothesis import strategies as st

from leadcli.domain.data.import_.rows.address_checks import Mailboxes, Numbers
from leadcli.model.kinds import EMAIL, Context
from leadcli.model.kinds.many import PHONES
from leadcli.text.money import COMMA, EITHER, PLAIN, POINT, read_amount
from leadcli.text.phone_cells import e164

CONTEXT: Context = None  # type: ignore[assignment]  # an address needs none
LOCAL = st.text(string.ascii_letters + string.digits + "._-+!'`~é\"( ", max_size=70)
LABEL = st.text("aB-0xné", max_size=66)
ENDING = st.sampled_from(["", ".com", ".test", ".c0", ".local", ".eXample.oRg", ".", "..de", ".a-", ".onion"])
REGIONS = st.sampled_from([*sorted(phonenumbers.SUPPORTED_REGIONS), ""])
NUMBER = st.one_of(
    st.text("0123456789 +-().", max_size=16),
    st.builds(
        lambda front, region, back: front + str(phonenumbers.example_number(region).national_number)[back:],
        st.sampled_from(["", "0", "00", "+49", "+1 ", "8", "1", "(0)"]),
        st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS - {"AC"})),
        st.integers(0, 2),
    ),
)
BOXES, NUMBERS = Mailboxes(), Numbers()


def verdict(address: str, by: object) -> str:
    try:
        found = by.check(address) if isinstance(by, Mailboxes) else EMAIL.parse(address, CONTEXT) or ""
    except ValueError as error:
        return f"no: {error}"
    return f"yes: {found}"


@given(
    st.builds(
        lambda a, at, b, c, d: f"{a}{at}{b}.{c}{d}", LOCAL, st.sampled_from(["@", "@@", ""]), LABEL, LABEL, ENDING
    )
)
@example("Info@ACME.com")
@example("a@xn--bcher-kva.de")
def test_an_address_gets_the_librarys_verdict(address: str) -> None:
    assert verdict(address, BOXES) == verdict(address, EMAIL)


@given(NUMBER, REGIONS)
@example("+44 (0)20 7946 0018", "")
@example("020 7946 0018", "GB")
@example("8 912 345-67-89", "RU")
@example("14165550123", "DE")  # Canadian, under a code several countries share
@example("49 0171 1234567", "US")
@example("011 15-2345-6789", "AR")  # 15 becomes a 9 in front
@example("0 31 11 98765-4321", "BR")  # 31 is dialled for a carrier
@example("392 7862 128", "IT")  # begins with the country's own code
def test_a_number_is_read_as_the_library_reads_it(number: str, region: str) -> None:
    assert NUMBERS.read(number, region) == e164(number, region)


@pytest.mark.parametrize(
    ("text", "form"),
    [("12500", PLAIN), ("12.5", POINT), ("12,50", COMMA), ("1.234", EITHER), ("1,234", EITHER), ("0.500", POINT),
     ("1,234.50", POINT), ("1.234,50", COMMA), ("1 234,50", COMMA), ("1.234.567", COMMA), ("12.5k", POINT)],
)  # fmt: skip
def test_an_amount_tells_about_its_column(text: str, form: int) -> None:
    assert read_amount(text).form == form


def test_imported_leads_are_found_and_matched_like_added_ones(desk: Desk) -> None:
    """Keys and search words of a bulk import are those the journal computes."""
    desk.ok("import", desk.file("a.csv", "name,company,email,phone,street,city,tags,description\n"
            "Žofia Nováková,Müller & Söhne GmbH,z@x.com,+44 20 7946 0018,12 North Main Street,Köln,vip,likes tea\n"
            ",Analytical Engines Ltd.,,,,,,\n"
            "Ada Lovelace,Acme Ltd,ada@x.com,020 7946 0000,,,a;b,\n"
            "Lovelace GmbH,,work:B.C@GoogleMail.com;Ada@X.com,work:abc;+1 617-274-3732 x5,,,,\n"
            "\u0301 Öhare,\"X & Y, Inc\",d@gmail.com,abc,,,\u0301,\n"))  # fmt: skip
    from leadcli import query
    from leadcli.run import Run
    from leadcli.store import match_key_columns
    from leadcli.store.search import index_text

    store = Run(["--db", str(desk.db)], desk.env).store()
    try:
        stored = ", ".join(match_key_columns.match_key_columns("lead", {}))
        keys = {row[0]: tuple(row[1:]) for row in store.select(f"SELECT id, {stored} FROM leads")}
        for lead in store.rows("lead", query.EVERYTHING):
            assert keys[lead["id"]] == tuple(match_key_columns.match_key_columns("lead", lead).values())
            for word in index_text.search_words(lead).split():
                token = "".join(filter(str.isalnum, word.split("@")[0].split("-")[0].split(".")[0]))
                assert not token or str(lead["id"]) in desk.ok("filter", token, "--ids").split()
    finally:
        store.close()
    desk.ok("rm", "1", "--yes")
    assert desk.ok("filter", "Nováková", "--ids") == ""


SLASHED = st.lists(NUMBER, min_size=1, max_size=4).map("/".join)


@given(st.lists(NUMBER | SLASHED, min_size=1, max_size=3).map(";".join), REGIONS)
@example("0044 753/7089/004", "GB")
@example("0150023/45678", "IT")  # the front is a number of its own
@example("+44 (0)750/4086/838", "GB")
@example("+15204588442;1-415-339-7760", "US")
def test_a_cell_of_plain_numbers_holds_what_the_reader_of_cells_says(text: str, region: str) -> None:
    values = NUMBERS.read_cell(text, region)
    assert values is None or values == PHONES.read(text, region)
