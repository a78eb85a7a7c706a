"""JSON and JSON lines: objects become rows under the union of their keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.readers.delimited import Row, Source
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Usage


def opened(tmp_path: Path, text: str, name: str = "in.json") -> Source:
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    return open_source(str(tmp_path / name))


def named(tmp_path: Path, text: str, name: str = "in.json") -> list[dict[str, str]]:
    source = opened(tmp_path, text, name)
    return [dict(zip(source.headers, row.cells, strict=True)) for row in source.rows]


def test_an_exported_lead_comes_as_cells_of_the_csv_form(tmp_path: Path) -> None:
    lead = {
        "name": "Ada", "value": 12500.0, "probability": None, "do_not_contact": False,
        "emails": [{"value": "a@x.org", "label": "work"}, {"value": "b@x.org", "label": None}],
        "phones": [{"value": "+44 20", "e164": "+4420", "label": None}], "tags": ["vip", "a;b", "c,d"],
        "addresses": [{"street": "1 High St", "city": "London"}],
        "products": [{"product": "Pump", "quantity": 3, "price": 9.5}],
    }  # fmt: skip
    assert named(tmp_path, json.dumps([lead])) == [
        {
            "name": "Ada", "value": "12500.0", "probability": "", "do_not_contact": "no",
            "emails": "work:a@x.org;b@x.org", "phones": "+44 20", "tags": r"vip;a\;b;c\,d",
            "addresses": '[{"street": "1 High St", "city": "London"}]', "products": "Pump x3 @9.5",
        }
    ]  # fmt: skip


def test_headers_are_all_keys_in_the_order_they_appear(tmp_path: Path) -> None:
    assert named(tmp_path, '[{"a":1},{"c":2,"a":3},{"b":{"x":4,"y":null}}]') == [
        {"a": "1", "c": "", "b.x": "", "b.y": ""},
        {"a": "3", "c": "2", "b.x": "", "b.y": ""},
        {"a": "", "c": "", "b.x": "4", "b.y": ""},
    ]


def test_numbers_stay_the_text_they_are(tmp_path: Path) -> None:
    assert named(tmp_path, '[{"a":1234567890123456789012.10,"b":1e5}]') == [
        {"a": "1234567890123456789012.10", "b": "1e5"}
    ]


@pytest.mark.parametrize("text", ['{"a":"1"}', '{"a":"1"}\n{"a":"2"}', '[\n {"a": "1"}\n]\n', "[]", " [ ] "])
def test_one_object_several_objects_and_arrays(tmp_path: Path, text: str) -> None:
    assert [row["a"] for row in named(tmp_path, text)] == ["1", "2"][: text.count('"a"')]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a":1},\n{"a":2]', r"is not JSON: .* \(record 2, line 2, column 7\)"),
        ('[{"a":1} {"a":2}]', r"expected , or \] after an element"),
        ('[{"a":1}] x', "text after the end of the array"),
        ('[{"a":1}', r"expected , or \]"),
        ('[{"a":"x', "Unterminated string"),
        ('{"a":' + "[" * 100_000, "record 1 is nested too deeply"),
        ("", "is empty"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Usage, match=said):
        opened(tmp_path, text)


def test_a_record_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    with pytest.raises(Usage, match="record 2 is longer than 8 MiB"):
        opened(tmp_path, '[{"a":"1"},{"a":"' + "x" * (20 << 20))


def test_an_element_that_is_no_object_is_a_row_with_an_error(tmp_path: Path) -> None:
    rows = list(opened(tmp_path, '[{"a":"1"},5,"x"]').rows)
    assert rows == [Row(1, ["1"]), *(Row(n, (), "is not a JSON object with field names as keys") for n in (2, 3))]


def test_a_half_surrogate_and_a_nul_are_row_errors(tmp_path: Path) -> None:
    rows = list(opened(tmp_path, r'[{"a":"\ud83d"},{"a":"\u0000"},{"\udfff":"\ud83d\ude00"}]').rows)
    assert [row.error[:20] for row in rows] == ["contains half of a s", "contains a NUL chara", ""]


def test_json_lines_go_on_after_a_bad_line(tmp_path: Path) -> None:
    rows = list(opened(tmp_path, '{"a":"1"}\n\n{"a":\n[1]\n{"a":"2"}', "in.jsonl").rows)
    assert [(row.number, bool(row.error)) for row in rows] == [(1, False), (3, True), (4, True), (5, False)]
    assert rows[1].error == "is not JSON: Expecting value at column 6"


def test_an_empty_file_of_json_lines_has_no_rows(tmp_path: Path) -> None:
    assert named(tmp_path, "", "in.jsonl") == []


@given(
    st.lists(st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=9) | st.none(), max_size=4), max_size=6)
)
def test_any_objects_of_text_come_back(tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]) -> None:
    folder = tmp_path_factory.mktemp("t")
    (folder / "in.json").write_text(json.dumps(records, indent=1))
    source = open_source(str(folder / "in.json"))
    for row, record in zip(source.rows, records, strict=True):
        found = {key: cell for key, cell in zip(source.headers, row.cells, strict=True) if cell}
        assert found == {key: value for key, value in record.items() if value}


@pytest.mark.parametrize(
    ("element", "error"),
    [
        ('{"a":1,"t":"]} \\" [","a":2}', "has the key 'a' twice"),
        ('{"a":NaN,"b":["}"]}', "has NaN, which is not a number"),
        ("NaN", "has NaN, which is not a number"),
        ("-Infinity", "has -Infinity, which is not a number"),
        ('{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "is nested too deeply"),
    ],
)
def test_a_bad_element_costs_itself_only(tmp_path: Path, element: str, error: str) -> None:
    rows = list(opened(tmp_path, f'[{{"a":"1"}}, {element}, {{"a":"2"}}]').rows)
    assert [(row.number, row.error) for row in rows] == [(1, ""), (2, error), (3, "")]
