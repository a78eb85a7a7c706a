"""Records as forms: what is written is read back, and only what was changed counts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.leads import edit_form
from leadcli.errors import Usage
from leadcli.model.fields import LEAD
from leadcli.run import Run
from leadcli.store.store import Store

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).map(str.strip)
LINES = st.lists(TEXT.filter(bool), min_size=1, max_size=4).map("\n".join)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    desk = Desk(tmp_path_factory.mktemp("forms"))
    desk.ok("init")
    run = Run([], desk.env)
    yield run.store()
    run.close()


@given(TEXT, LINES)
def test_texts_come_back(store: Store, name: str, description: str) -> None:
    texts = {"name": name, "description": description}
    form = edit_form.write_form(store, "lead", texts, heading="a remark")
    assert {name: text for name, text in edit_form.read_form(LEAD, form).items() if text} == {
        name: text for name, text in texts.items() if text
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [("nmae: Ada", "line 1: unknown field 'nmae'. Did you mean 'name'?"),
     ("name: a\nname: b", "line 2: name stands there twice"),
     ("\nhello", "line 2: 'hello' is no `field: value`")],
)  # fmt: skip
def test_a_line_that_is_wrong_is_named(text: str, says: str) -> None:
    with pytest.raises(Usage, match=says.replace("?", r"\?")):
        edit_form.read_form(LEAD, text)


def test_only_what_changed_counts() -> None:
    assert edit_form.changed_values({"name": "Ada", "company": ""}, {"name": "Ada", "company": "X", "owner": ""}) == {
        "company": "X"
    }


def test_a_lead_from_json_is_the_lead_it_came_from(desk: Desk) -> None:
    desk.ok("product", "add", "Pump", "--price", "120")
    desk.ok("field", "add", "seats", "--type", "number")
    desk.ok("add", "Ada", "--email", "work:ada@acme.com", "--email", "a@b.org", "--phone", "+442079460000",
            "--tag", "a,b",
            "--value",
            "12.5k USD", "--description", "one\ntwo", "--address", "home:1 Main St;Town;;;GB", "--do-not-contact",
            "--product", "Pump x3 @99.5", "--close", "2026-12-20", "--set", "seats=12")  # fmt: skip
    shown = desk.json("show", "1")
    desk.file("lead.json", json.dumps(shown))
    desk.ok("add", "--json-in", "lead.json", "--force")
    again = desk.json("show", "2")
    same = set(shown) - {"id", "uid", "created_at", "updated_at", "touched"}
    assert {name: shown[name] for name in same} == {name: again[name] for name in same}


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ("[]", "one JSON object"), ('{"nmae": "x"}', "Did you mean 'name'?"),
     ('{"name": {"a": 1}}', "a text or a number"),
     ('{"emails": [{"label": "work"}]}', "no value"), ('{"name": "x", "emails": ["bad@"]}', "bad@")],
)  # fmt: skip
def test_json_that_is_no_lead_is_refused(desk: Desk, text: str, says: str) -> None:
    desk.fails(2, "add", "--json-in", "-", stdin=text, says=says)
