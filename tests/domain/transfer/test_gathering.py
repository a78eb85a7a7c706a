"""Cells to the texts of fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.columns.map_by_row import gatherer, split_name
from leadcli.domain.data.import_.columns.mapping import map_columns
from leadcli.model.kinds.many import split_cell, split_label


def gathered(row: dict[str, str], *, guarded: bool = True) -> dict[str, str]:
    return gatherer(map_columns(list(row)), guarded=guarded)(list(row.values()))


def test_the_first_column_that_is_not_empty_counts() -> None:
    assert gathered({"Company": " ", "Customer": "Acme", "Account Name": "Other"}) == {"company": "Acme"}


def test_any_no_is_kept_for_mails() -> None:
    assert gathered({"Do Not Call": "0", "Email Opt Out": "1"}) == {"do_not_contact": "1"}
    assert gathered({"Do Not Call": "0", "Email Opt Out": ""}) == {"do_not_contact": "0"}


@pytest.mark.parametrize(
    ("row", "phones"),
    [
        ({"Phone": "p:+49 30 1"}, "+49 30 1"),
        ({"Phone": "tel:+49 30 1; tel:+49 30 2"}, "+49 30 1;+49 30 2"),
        ({"Phone": "1 ::: 2"}, "1;2"),
        ({"Phone": "'+49 30 1"}, "+49 30 1"),
        ({"Phone": "work:1|2\n3"}, "work:1|2\n3"),
        ({"Work Phone": "1; home:2", "Mobile": "3"}, "work:1;home:2;mobile:3"),
        ({"Car Phone": "9", "Phone": "1", "Primary Phone": "2"}, "2;1;car:9"),
        ({"Phone 1 - Label": "Work Fax", "Phone 1 - Value": "1", "Phone 2 - Value": "2"}, "2"),
    ],
)
def test_phones(row: dict[str, str], phones: str) -> None:
    assert gathered(row) == {"phones": phones}


def test_a_label_stays_with_its_value() -> None:
    row = {
        "E-mail 1 - Label": "Other",
        "E-mail 1 - Value": "a@x.org",
        "E-mail 2 - Type": "* Work",
        "E-mail 2 - Value": "mailto:b@x.org",
    }
    assert gathered(row) == {"emails": "work:b@x.org;other:a@x.org"}


def test_apostrophes_before_formulas_go_where_a_spreadsheet_put_them() -> None:
    assert gathered({"name": "'=1+1", "company": "''=x"}) == {"name": "=1+1", "company": "'=x"}
    assert gathered({"name": "'=1+1"}, guarded=False) == {"name": "'=1+1"}
    assert gathered({"name": "'s-Hertogenbosch"}) == {"name": "'s-Hertogenbosch"}


def test_lines_of_a_street_join_and_further_addresses_follow() -> None:
    row = {
        "Home City": "Leeds",
        "Business Street 2": "b",
        "Business Street": "a",
        "Other City": "",
        "City": "",
        "addresses": "",
    }
    assert gathered(row) == {
        "city": "Leeds", "address_label": "home", "addresses": '[{"label": "work", "street": "a\\nb"}]',
    }  # fmt: skip
    own = {"City": "Rome", "Home City": "Leeds", "addresses": '[{"city": "Oslo"}]'}
    assert gathered(own)["addresses"] == '[{"city": "Oslo"}, {"label": "home", "city": "Leeds"}]'


def test_a_person_is_split_unless_it_is_the_company_or_known_in_parts() -> None:
    assert gathered({"Contact Name": "Ada Lovelace", "Company": "Acme"}) == {
        "company": "Acme", "first_name": "Ada", "last_name": "Lovelace",
    }  # fmt: skip
    assert gathered({"Contact Name": "ACME", "Company": "Acme"}) == {"company": "Acme"}
    assert gathered({"Contact Name": "x y", "First Name": "Ada"}) == {"first_name": "Ada"}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ada", "|Ada||"), ("Ada Lovelace", "|Ada||Lovelace"), ("Dr. Ada King Lovelace", "Dr.|Ada|King|Lovelace"),
        ("Ludwig van Beethoven", "|Ludwig||van Beethoven"), ("Lovelace, Ada King", "|Ada|King|Lovelace"),
        ("Mr", "|Mr||"), ("", "|||"),
    ],
)  # fmt: skip
def test_whole_names(text: str, parts: str) -> None:
    found = split_name(text)
    assert "|".join(found.get(part, "") for part in ("salutation", "first_name", "middle_name", "last_name")) == parts


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "work", "home"]), st.text("ab;|\\:\n@+ 1", min_size=1).filter(str.strip)),
        max_size=4,
    )
)
def test_labelled_values_come_back_from_the_joined_cell(pairs: list[tuple[str, str]]) -> None:
    headers = [part for n in range(len(pairs)) for part in (f"E-mail {n + 1} - Label", f"E-mail {n + 1} - Value")]
    cells = [
        part
        for label, value in pairs
        for part in (
            label,
            value.replace("\\", "\\\\")
            .replace(";", "\\;")
            .replace("|", "\\|")
            .replace(":", "\\:")
            .replace("\n", "\\n"),
        )
    ]
    text = gatherer(map_columns(headers))(cells).get("emails", "")
    assert [split_label(part) for part in split_cell(text)] == [(label, value.strip()) for label, value in pairs]


@pytest.mark.parametrize(
    ("cell", "tags"), [('"One tag"', "One tag"), ('["x","y"]', "x;y"), ('"VIP", "Blog"', "VIP;Blog"), ("a;b", "a;b")]
)
def test_tags_lose_the_quotes_and_brackets_of_the_program_that_wrote_them(cell: str, tags: str) -> None:
    assert gathered({"name": "Ada", "Tags": cell})["tags"] == tags
