"""What an import reads a whole column at a time is what each cell says by itself."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.data.import_.rows.address_checks import Mailboxes, Numbers, digits_of, plain_digits
from leadcli.domain.data.import_.rows.values import TextColumn, value_reader
from leadcli.model import fields
from leadcli.model.kinds import EMAIL, Context, clean_text
from leadcli.text import match_keys, word_lists
from leadcli.text.phone_cells import e164

CONTEXT: Context = None  # type: ignore[assignment]  # a plain text and an address need none
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
PIECE = st.sampled_from([
    " ", "  ", "\t", "\n", "\r\n", "\x1f", "\u00a0", "\u2028", "|", "'", '"', ",", ";", "-", "(", ")", "\u0301",
    "\u200b", "Ada", "LOVELACE", "Šárka", "A\u0308nne", "ﬁona", "İrem", "Straße", "李", "b", "Dr.", "Jr", "van", "der",
    "info", "The", "Acme", "Ltd.", "GmbH", "s. r. o.", "&", "and", "Lovelace", "Inc", "1",
])  # fmt: skip
TEXT = ANY | st.lists(PIECE, max_size=5).map("".join) | st.lists(PIECE, max_size=4).map(" ".join)
COLUMN = st.lists(TEXT, max_size=6)
LOCAL = st.text("abzAZ09._+-'\" é", max_size=5) | st.sampled_from(["ada", "info", "INFO", "a.b", "a.b+c", "x" * 64])
DOMAIN = st.text("abZ0-.é", max_size=6).map(lambda text: f"{text}.com") | st.sampled_from([
    "x.com", "gmail.com", "googlemail.com", "mail.com", "foo", "b-c.d-e.org", "x.test", "test", "x.onion", "xn--a.de",
    "x.c0",
])  # fmt: skip
MAILBOX = st.builds(
    lambda front, local, at, domain, back: f"{front}{local}{at}{domain}{back}",
    st.sampled_from(["", "", "", " ", "mailto:", "work:", "'", '"', "\t"]),
    LOCAL, st.sampled_from(["@", "@", "@@", ""]), DOMAIN,
    st.sampled_from(["", "", "", " ", ";b@x.org", "\n", "\nb@x.org", ".", "\x1f", "\r"]),
)  # fmt: skip
NUMBER = st.text("0123456789+ ().-/", max_size=14) | st.sampled_from(
    ["+49 30 123456", "030 123456", "(020) 7946 0018", "030/123456", "tel:030 123", "1\n2", "030 123456 x12", "٠٣٠", ""]
)
NAME = TEXT | st.sampled_from(
    ["", "Ada Lovelace", "ada  LOVELACE", "Ada Lovelace Ltd.", "Šárka Nováková", "Ada", "Nováková"]
)
BOXES, NUMBERS = Mailboxes(), Numbers()


@given(COLUMN)
@example([])
@example([""])
def test_a_column_is_folded_like_each_of_its_texts(texts: list[str]) -> None:
    assert match_keys.fold_texts(texts) == [match_keys.fold_text(text) for text in texts]


@given(COLUMN)
@example(["Ada", "", "Lovelace"])
@example(["A\u0308da"])
def test_a_column_of_texts_is_cleaned_like_each_of_them(texts: list[str]) -> None:
    column = value_reader(fields.LEAD.fields["company"], ImportOptions(), CONTEXT)
    assert isinstance(column, TextColumn)
    assert column.column(texts) == [clean_text(text) or None for text in texts]


@given(st.lists(MAILBOX | ANY, max_size=6))
@example(["ada@x.com", "one@x.com\ntwo@x.com", "", "Ada@x.com", "b.c@gmail.com"])
def test_a_plain_address_is_what_the_library_makes_of_it(cells: list[str]) -> None:
    found = BOXES.plain(cells)
    assert [plain for plain in found if plain] == [cell for cell, plain in zip(cells, found, strict=True) if plain]
    for plain, key in zip(found, match_keys.email_keys(found), strict=True):
        assert not plain or EMAIL.parse(plain, CONTEXT) == BOXES.check(plain) == plain
        assert key == match_keys.email_key(plain)


def test_a_plain_address_beside_any_other_is_told() -> None:
    plain, odd = ["ada@x.com", "b.c+d@gmail.com", "info@b-c.de"], ["Ada <a@x.com>", "a\nb", "", "é@x.com", "a@x.test"]
    assert BOXES.plain([*plain, *odd, *plain]) == [*plain, *[""] * len(odd), *plain]


@given(st.lists(NUMBER | ANY, max_size=6), st.sampled_from(["", "DE", "GB", "US", "BR", "IT"]))
def test_the_digits_of_plain_numbers_are_those_of_each(cells: list[str], region: str) -> None:
    for cell, digits in zip(cells, plain_digits(cells), strict=True):
        if digits:
            assert digits == digits_of(cell)
            quick = NUMBERS.plain(cell, digits, region)
            assert quick is None or (quick or None) == e164(cell, region)
            assert NUMBERS.read(cell, region) == e164(cell, region)


@given(
    st.lists(st.text("0123456789", min_size=2, max_size=5), min_size=2, max_size=5).map("/".join),
    st.sampled_from(["", "+49 ", "+", "0"]), st.sampled_from(["", "DE", "GB", "US", "FR"]),
)  # fmt: skip
@example("4/207946/0000", "+4", "")
@example("404/233-7673", "", "US")
@example("00/00", "+49 ", "")
@example("42/68/53/00", "01/", "FR")
def test_groups_between_slashes_are_one_number_as_the_reader_of_cells_has_it(
    groups: str, front: str, region: str
) -> None:
    quick = NUMBERS.grouped(front + groups, region)
    assert quick is None or (quick or None) == e164(front + groups, region)


def test_a_plain_number_beside_any_other_is_told() -> None:
    cells = ["+49 (30) 12-34", "030/123", "", "1\n2", "tel:030 123", "030.123", " 030 123", "++49 1"]
    assert plain_digits(cells) == ["49301234", "", "", "", "", "030123", "", ""]


@given(st.lists(st.tuples(NAME, NAME, NAME, NAME), max_size=4))
@example([("Ada Lovelace", "", "", "")])
@example([("Ada Lovelace", "Lovelace Engines", "", "")])
@example([("Ada Lovelace", "Engines Ltd", "", "Ada")])
@example([("Šárka Nováková", "Acme", "Šárka", "NOVÁKOVÁ")])
def test_leads_are_named_like_each_of_them(leads: list[Sequence[str]]) -> None:
    names, companies, firsts, lasts = ([lead[part] for lead in leads] for part in range(4))
    found = match_keys.name_keys(names, companies, zip(firsts, lasts, strict=True), match_keys.fold_texts(names))
    assert found == [
        (match_keys.name_key(name), *match_keys.person_and_company(name, company, first=first, last=last))
        for name, company, first, last in leads
    ]


@given(
    st.sampled_from(sorted(word_lists.TITLES | word_lists.DEGREES | word_lists.COMPANY_WORDS | word_lists.LEGAL_FORMS))
)
def test_a_word_that_is_no_name_is_not_taken_for_one(word: str) -> None:
    for name in (f"Ada {word}", f"{word} Ada"):
        for company in ("", "Ada", f"Ada {word}", word, "Acme"):
            expected = (match_keys.name_key(name), *match_keys.person_and_company(name, company))
            assert match_keys.name_keys([name], [company], [("", "")], match_keys.fold_texts([name])) == [expected]
