"""Headers to fields: names, likeness, orders, and the rules that need the whole file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.columns.header_recognition import read_vocabulary, words_of
from leadcli.domain.data.import_.columns.mapping import map_columns
from leadcli.errors import Usage
from leadcli.model.fields import LEAD, Field
from leadcli.model.kinds import TEXT


def fields(*headers: str) -> list[str]:
    return [column.field for column in map_columns(headers).columns]


def test_every_field_an_export_writes_is_taken_back_by_name() -> None:
    names = [field.name for field in LEAD.fields.values() if field.exported and not field.sql]
    found = map_columns(names)
    assert [column.field for column in found.columns] == names
    assert {column.how for column in found.columns} == {"name"}


def test_what_leadcli_computes_is_ignored_in_its_own_files() -> None:
    found = map_columns(["uid", "id", "name", "email", "emails", "age", "account", "score", "_row", "_error"])
    assert [column.field for column in found.columns] == ["uid", "", "name", "", "emails", "", "", "", "", ""]
    assert found.unmapped() == ()


def test_the_vocabulary_names_only_what_an_import_understands() -> None:
    helpers = {"person", "anyname", "none", "mobiles", "nophones", "weakcompany", "owneruser", "beforestreet",
               "afterstreet", "address_label"}  # fmt: skip
    vocabulary = read_vocabulary()
    assert set(vocabulary.meanings.values()) <= {*LEAD.fields, *helpers}
    phrases = {
        *vocabulary.meanings,
        *vocabulary.labels,
        *(word for each in vocabulary.around.values() for word in each),
    }
    assert [phrase for phrase in phrases if "".join(words_of(phrase)) != phrase] == []


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("E-mail Address", "emails"), ("E-Mail", "emails"), ("Tel.", "phones"), ("Phone (mobile)", "phones"),
        ("Firma", "company"), ("Est. value", "value"), ("Website URL", "website"), ("Last Name", "last_name"),
        ("accountName", "company"), ("Opportunity Value", "value"), ("Expected revenue", "value"),
        ("Sales person", "owner"), ("Lead Source", "source"), ("Tags", "tags"), ("Record ID", "external_id"),
        ("Customer System ID", "external_id"), ("Lead Title", "name"), ("Straße", "street"),
        ("Contact: Email", "emails"), ("Deal - Owner", "owner"), ("contact.email", "emails"),
        ("Organisation", "company"), ("Fax", ""), ("Pager number", ""), ("Number of employees", ""), ("", ""),
        ("???", ""), ("Shoe size", ""),
    ],
)  # fmt: skip
def test_a_header_by_itself(header: str, field: str) -> None:
    assert fields(header) == [field]


def test_likeness_never_maps_and_suggests_slips_only() -> None:
    slip, other = map_columns(["Compamy", "Contract"]).columns
    assert (slip.field, slip.how, slip.suggestion) == ("", "likely", "company")
    assert (other.field, other.suggestion) == ("", "")


def test_title_is_the_position_unless_there_is_a_column_for_that() -> None:
    assert fields("Title", "Name") == ["job_title", "name"]
    for position in ("Job Title", "Job Position", "Position", "function"):
        assert fields("Title", position) == ["salutation", "job_title"]


def test_odoos_type_is_none_of_a_lead() -> None:
    assert map_columns(["name", "Type"], [["a", "Lead"], ["b", "opportunity"]]).columns[1].how == "spared"
    assert map_columns(["name", "Type"], [["a", "wholesale"], ["b", "Lead"]]).columns[1].field == "type"


def test_several_columns_for_one_value_are_said() -> None:
    found = map_columns(["Company", "Customer", "Email", "E-mail 2 Address", "City", "Notes", "Comments"])
    assert found.shared == {"company": ("Company", "Customer"), "description": ("Notes", "Comments")}


def test_orders_win_and_samples_are_shown() -> None:
    found = map_columns(
        ["A", "Email", "Stage"],
        [["", "x@y.org", ""], ["1", "", ""]],
        user_mapping={"A": "company", "stage": "-", "Email": "email"},
    )
    assert [(column.field, column.how, column.sample) for column in found.columns] == [
        ("company", "told", "1"), ("emails", "told", "x@y.org"), ("", "ignored", ""),
    ]  # fmt: skip
    assert found.unmapped() == ()
    assert map_columns(["Title", "Job Title"], user_mapping={"Title": "job_title"}).columns[0].field == "job_title"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"Compny": "company"}, "there is no column 'Compny'. Did you mean 'Company'?"),
        ({"Company": "compny"}, "unknown field 'compny'. Did you mean 'company'?"),
        ({"Company": "age"}, "unknown field 'age'."),
    ],
)
def test_orders_that_cannot_be_followed_are_refused(told: dict[str, str], said: str) -> None:
    with pytest.raises(Usage) as caught:
        map_columns(["Company"], user_mapping=told)
    assert caught.value.message.startswith(said)


def test_custom_fields_are_mapped_by_name_and_label() -> None:
    record = LEAD.with_fields([Field("segment", TEXT, label="Market Segment", custom=True, column="x_segment")])
    found = map_columns(["Segment", "market segment"], record=record)
    assert [column.field for column in found.columns] == ["segment", "segment"]


@given(st.lists(st.text(max_size=12), max_size=8))
def test_any_headers_are_mapped_or_named(headers: list[str]) -> None:
    found = map_columns(headers)
    assert [column.header for column in found.columns] == headers
    assert set(found.mapped_fields()) <= {*LEAD.fields, "person"}
