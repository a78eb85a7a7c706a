"""vCards as they are written: folded, escaped, and read again as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from screen.shown import Stream

from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Usage
from leadcli.model.fields import LEAD
from leadcli.model.kinds import TEXT, clean_text
from leadcli.model.kinds.many import ADDRESS_PARTS, split_cell, split_label
from leadcli.model.results import Column, Table
from leadcli.screen import Output, show_value
from leadcli.text.vcards import LINE, write_vcard

FULL = {
    "uid": "01a20220-f52f-7114-a1a5-71294aa08c28", "name": "Ada Lovelace", "first_name": "Ada",
    "last_name": "Lovelace", "salutation": "Dr.", "job_title": "Engineer, chief", "company": "Engines; & Co",
    "website": "https://x.org/a,b", "birthday": "1985-03-12", "street": "1 High St\nFloor 2", "city": "London",
    "emails": [{"value": "ada@x.org", "label": "work"}, {"value": "b@x.org", "label": None}],
    "phones": [{"value": "+44 20 7946 0000", "label": "direct line"}, {"value": "0900", "label": "mobile"}],
    "addresses": [{"label": "home", "street": "2 Low Rd", "city": None, "region": None, "postcode": "LS1",
                   "country": None}],
    "tags": ["vip", "a,b"], "description": "one\ntwo: \\n three", "updated_at": "2026-11-22T07:20:49Z",
}  # fmt: skip


def test_a_card_as_it_is_written() -> None:
    assert write_vcard(FULL).split("\r\n") == [
        "BEGIN:VCARD", "VERSION:4.0", "PRODID:-//leadcli//leadcli//EN",
        "UID:urn:uuid:01a20220-f52f-7114-a1a5-71294aa08c28", "FN:Ada Lovelace", "N:Lovelace;Ada;;Dr.;",
        "ORG:Engines\\; & Co", "TITLE:Engineer\\, chief", "NOTE:one\\ntwo: \\\\n three",
        "EMAIL;TYPE=work;PREF=1:ada@x.org", "EMAIL:b@x.org", "item1.TEL;PREF=1:+44 20 7946 0000",
        "item1.X-ABLABEL:direct line", "TEL;TYPE=cell:0900", "ADR;PREF=1:;;1 High St\\nFloor 2;London;;;",
        "ADR;TYPE=home:;;2 Low Rd;;;LS1;", "URL:https://x.org/a,b", "BDAY:19850312", "CATEGORIES:vip,a\\,b",
        "REV:20261122T072049Z", "END:VCARD", "",
    ]  # fmt: skip


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]) | st.sampled_from(',;:\\"\n'), max_size=200)
LINES = TEXTS.map(lambda text: clean_text(text, lines=True) or None)
WORDS = TEXTS.map(lambda text: clean_text(text) or None)


@given(
    st.fixed_dictionaries({
        "name": WORDS.filter(bool), "first_name": WORDS, "last_name": WORDS, "job_title": WORDS, "company": WORDS,
        "description": LINES, "city": WORDS, "street": LINES, "website": WORDS,
        "tags": st.lists(WORDS.filter(bool), unique_by=str.casefold, max_size=3),
        "phones": st.lists(st.fixed_dictionaries({
            "value": st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
            "label": st.sampled_from([None, "work", "mobile", "home", "direct line"]),
        }), max_size=3),
    })
)  # fmt: skip
def test_any_card_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]) -> None:
    text = write_vcard({**row, "uid": FULL["uid"]})
    assert all(len(line.encode()) <= LINE for line in text.split("\r\n"))
    path = tmp_path_factory.mktemp("card") / "in.vcf"
    path.write_text(text, encoding="utf-8", newline="")
    source = open_source(str(path))
    (found,) = source.rows
    assert found.error == ""
    read = dict(zip(source.headers, found.cells, strict=True))
    for name in ("name", "first_name", "last_name", "job_title", "company", "description", "city", "street", "website"):
        assert read[name] == (row[name] or ""), name
    assert split_cell(read["tags"], ";|\n,") == [tag.replace(":", "\\:") for tag in row["tags"]]
    phones = [(item["label"] or "", item["value"]) for item in row["phones"]]
    assert [split_label(part) for part in split_cell(read["phones"])] == phones
    assert read["uid"] == FULL["uid"]


def test_an_address_keeps_its_parts(tmp_path: Path) -> None:
    (tmp_path / "in.vcf").write_text(write_vcard(FULL), encoding="utf-8", newline="")
    source = open_source(str(tmp_path / "in.vcf"))
    (found,) = source.rows
    read = dict(zip(source.headers, found.cells, strict=True))
    assert [read[part] for part in ADDRESS_PARTS] == ["1 High St\nFloor 2", "London", "", "", ""]
    assert read["addresses"] == (
        '[{"label": "home", "street": "2 Low Rd", "city": "", "region": "", "postcode": "LS1", "country": ""}]'
    )


def test_a_table_becomes_cards_and_one_without_names_is_refused() -> None:
    out = Stream()
    columns = [Column(name, name, LEAD.fields[name].kind) for name in ("id", "name", "email")]
    rows = [{"id": 1, "name": "Ada", "email": "a@x.org"}]
    assert show_value(Table(columns, rows), Output(format="vcf", out=out, err=Stream())) == 0
    assert out.text.split("\r\n")[3:5] == ["FN:Ada", "EMAIL:a@x.org"]
    with pytest.raises(Usage, match="needs a name"):
        show_value(Table([Column("status", "status", TEXT)], [{"status": "New"}]), Output(format="vcf", out=out))
