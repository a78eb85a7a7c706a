"""Guards finding duplicates: what is certain, likely, neither; what was told apart; files that are made to mislead."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from typing import Any

import pytest
from desk import Desk
from people import desk_of, labelled, people


def groups(desk: Desk, *words: str) -> list[list[int]]:
    return [each["leads"] for each in desk.json("dedupe", *words)]


ADA = ("add", "Ada Lovelace", "--company", "Analytical Engines Ltd", "--email", "ada@acme.com")
LOVELACE = ("add", "Lovelace, Ada", "--company", "Analytical Engines", "--phone", "+442079460000")


@pytest.fixture
def engines(desk: Desk) -> Desk:
    """Leads 1 and 2 are likely one person, 3 and 4 certainly; 5 and 6 are nobody else."""
    for words in (ADA, LOVELACE):
        desk.ok(*words, "--force")
    desk.ok("add", "Grace Hopper", "--email", "grace.hopper+crm@gmail.com")
    desk.ok("add", "Hopper, Grace", "--email", "gracehopper@googlemail.com", "--force")
    desk.ok("add", "Robert Kim", "--company", "Kim & Sons", "--phone", "+12025550143")
    desk.ok("add", "Walter Sawyer", "--company", "Other", "--email", "w@other.com")
    return desk


def test_groups_come_best_first_with_score_and_reasons(engines: Desk) -> None:
    found = engines.json("dedupe")
    assert [each["leads"] for each in found] == [[3, 4], [1, 2]]
    assert found[0]["score"] == 100
    assert found[0]["reasons"][0] == "same e-mail gracehopper@gmail.com"
    assert 85 <= found[1]["score"] < 100
    assert "company equal" in " ".join(found[1]["reasons"])


def test_a_list_shows_the_leads_of_a_group_together(engines: Desk) -> None:
    shown = engines.ok("dedupe", "--format", "table")
    assert "Group 1  100  same e-mail" in shown
    assert shown.index("Hopper, Grace") < shown.index("Group 2")
    assert engines.ok("dedupe", "--count") == "2"
    assert engines.ok("dedupe", "--ids").splitlines() == ["3", "4", "1", "2"]


def test_explain_shows_what_each_field_contributed(engines: Desk) -> None:
    rows = engines.json("dedupe", "1", "--explain")
    parts = {part["field"]: part["bits"] for part in rows[0]["contributions"]}
    assert parts["company"] > 0
    assert parts["given"] > 0
    assert "company" in engines.ok("dedupe", "1", "--explain", "--format", "table")


def test_a_filter_limits_to_groups_that_touch_it(engines: Desk) -> None:
    assert groups(engines, "email:ada@acme.com") == [[1, 2]]
    assert groups(engines, "name:sawyer") == []


def test_only_certain_ones_are_merged_without_a_question(engines: Desk) -> None:
    before = engines.ok("export")
    result = engines.run("dedupe", "--merge", "--yes")
    assert result.stdout == "3\n"
    assert "Merged 1 group (2 leads into 1). Undo: leadcli undo" in result.stderr
    assert groups(engines) == [[1, 2]]
    engines.ok("undo")
    assert engines.ok("export") == before


def test_likely_ones_are_merged_from_a_score_on(engines: Desk) -> None:
    assert len(engines.json("dedupe", "--merge", "--yes", "--min", "85")) == 2
    assert groups(engines) == []
    assert len(engines.json("history", "--limit", "1")) == 1


def test_a_dry_run_merges_nothing(engines: Desk) -> None:
    before = engines.ok("export")
    assert "Would merge 1 group" in engines.run("dedupe", "--merge", "--yes", "--dry-run").stderr
    assert engines.ok("export") == before


def test_without_a_terminal_a_merge_needs_yes(engines: Desk) -> None:
    engines.fails(2, "dedupe", "--merge", says="--yes")


def test_a_search_for_duplicates_writes_nothing(engines: Desk) -> None:
    before = engines.db.read_bytes()
    engines.json("dedupe")
    assert engines.db.read_bytes() == before


def test_those_told_apart_are_never_proposed_again(engines: Desk) -> None:
    engines.ok("dedupe", "--keep-apart", "1", "2")
    assert groups(engines) == [[3, 4]]
    assert groups(engines, "--by", "company") == []
    engines.ok("undo")
    assert groups(engines) == [[3, 4], [1, 2]]


def test_told_apart_outlives_merges_and_their_undo(engines: Desk) -> None:
    engines.ok("dedupe", "--keep-apart", "1", "2")
    engines.ok("merge", "5", "1")  # the Ada of Analytical Engines lives on as 5
    engines.ok("edit", "5", "--name", "Ada Lovelace", "--company", "Analytical Engines")
    assert [2, 5] not in groups(engines)
    engines.ok("undo")
    engines.ok("undo")
    assert groups(engines) == [[3, 4]]


def test_told_apart_twice_is_told_once(engines: Desk) -> None:
    engines.ok("dedupe", "--keep-apart", "1", "2")
    operations = len(engines.json("history"))
    engines.ok("dedupe", "--keep-apart", "2", "1")
    assert len(engines.json("history")) == operations
    engines.fails(2, "dedupe", "--keep-apart", "1", says="Two are needed")


def test_by_lists_every_group_equal_on_a_value(desk: Desk) -> None:
    desk_of(desk, [
        {"name": "Ada Lovelace", "company": "Engines Ltd"}, {"name": "Lovelace, Ada", "city": "Rome"},
        {"name": "Bob Noyce", "company": "ENGINES", "phones": "+12025550143"},
        {"name": "Eve Adams", "phones": "+1 202 555 0143"},
    ])  # fmt: skip
    assert groups(desk, "--by", "name") == [[1, 2]]
    assert groups(desk, "--by", "company") == [[1, 3]]
    assert groups(desk, "--by", "phone,name") == [[3, 4], [1, 2]]
    assert desk.json("dedupe", "--by", "phone")[0]["reasons"] == ["same phone 12025550143"]
    assert desk.run("dedupe", "--by", "company", "--merge", "--yes").stdout == ""  # nothing certain about a company
    desk.fails(2, "dedupe", "--by", "colour", says="email, phone, name, company")


def test_one_external_id_is_certain_unless_the_names_contradict(desk: Desk) -> None:
    desk_of(desk, [
        {"name": "Ada Lovelace", "external_id": "17"}, {"name": "Lovelace Ada", "external_id": "17", "city": "Rome"},
        {"name": "Bob Noyce", "external_id": "18"}, {"name": "Grace Hopper", "external_id": "18"},
    ])  # fmt: skip
    assert groups(desk) == [[1, 2]]
    assert desk.ok("dedupe", "--merge", "--yes") == "1"


def test_the_survivor_is_not_lost_then_further_then_likelier_then_older(desk: Desk) -> None:
    same = ("--email", "ada@acme.com", "--force")
    for words in ((), ("--status", "contacted"), ("--status", "contacted", "--probability", "60"), ()):
        desk.ok("add", "Ada Lovelace", *same, *words)
    desk.ok("lost", "1", "--reason", "junk")
    assert desk.ok("dedupe", "--merge", "--yes", "--dry-run") == "3"
    assert desk.ok("dedupe", "--merge", "--yes", "--keep", "newest", "--dry-run") == "4"
    assert desk.ok("dedupe", "--merge", "--yes", "--keep", "oldest", "--dry-run") == "1"
    assert desk.ok("dedupe", "--merge", "--yes", "--keep", "2", "--dry-run") == "2"
    desk.ok("edit", "4", "--job-title", "Countess", "--city", "London", "--website", "a.uk", "--priority", "high")
    assert desk.ok("dedupe", "--merge", "--yes", "--keep", "fullest", "--dry-run") == "4"
    desk.fails(2, "dedupe", "--merge", "--yes", "--keep", "best-looking", says="oldest")


def test_a_converted_lead_is_kept_and_two_customers_are_not_mixed(desk: Desk) -> None:
    for company in ("Engines", "Engines", "Motors"):
        desk.ok("add", "Ada Lovelace", "--email", "ada@acme.com", "--company", company, "--force")
    desk.ok("convert", "2", "3", "--yes")
    assert desk.ok("dedupe", "--merge", "--yes", "--keep", "oldest") == "2"
    assert desk.ok("filter", "is:any", "--ids").split() == ["3", "2"]
    desk.ok("undo")
    desk.fails(5, "dedupe", "--merge", "--yes", "--keep", "1", says="leadcli merge 2 1")


def test_contacts_and_accounts_have_duplicates_too(desk: Desk) -> None:
    for number, company in enumerate(("Engines Ltd", "Engines GmbH")):
        desk.ok("add", "Ada Lovelace", "--company", company, "--city", "London", "--street", "1 Main St", "--force",
                "--phone", "+442079460000", "--email", f"ada{number}@engines.uk")  # fmt: skip
    desk.ok("convert", "1", "--yes")
    desk.ok("convert", "2", "--account", "Engines of London", "--yes")
    desk.ok("edit", "A2", "--name", "Engines")
    found = desk.json("dedupe", "--of", "contacts")
    assert found[0]["contacts"] == ["C1", "C2"]
    desk.ok("dedupe", "--of", "contacts", "--merge", "--yes")
    assert [each["id"] for each in desk.json("contacts")] == ["C1"]
    assert {each["contact"] for each in desk.json("opportunities")} == {"C1"}
    assert desk.json("dedupe", "--of", "accounts")[0]["accounts"] == ["A1", "A2"]
    desk.fails(2, "dedupe", "--of", "tasks", says="accounts")


# On a terminal


def answered(desk: Desk, *words: str, answers: str) -> str:
    """What a terminal shows of a run with these answers typed."""
    parent, child = pty.openpty()
    argv = [sys.executable, "-m", "leadcli", *words]
    process = subprocess.Popen(argv, stdin=child, stdout=child, stderr=child, cwd=desk.home, env=desk.env)
    os.close(child)
    os.write(parent, answers.encode())
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([parent], [], [], 0.1)[0]:
            try:
                shown += os.read(parent, 65536)
            except OSError:
                break
    process.wait(timeout=10)
    os.close(parent)
    return shown.decode()


def test_on_a_terminal_each_group_is_asked_about(engines: Desk) -> None:
    shown = answered(engines, "dedupe", "--merge", answers="k\nm 2\n\n2\n")
    assert "[m]erge [k]eep apart [n]ext [q]uit" in shown
    assert "Merged 1 group" in shown
    found = engines.json("show", "1")
    assert (found["id"], found["name"], found["company"]) == (2, "Lovelace, Ada", "Analytical Engines Ltd")
    assert groups(engines) == []
    engines.ok("undo")
    assert groups(engines) == [[3, 4], [1, 2]]


def test_quitting_does_what_was_decided_before(engines: Desk) -> None:
    answered(engines, "dedupe", "--merge", answers="m\n\nq\n")
    assert groups(engines) == [[1, 2]]


# Files made to mislead


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shared", "count"),
    [
        ({"emails": "info@bigfirm.com"}, 10_000),
        ({"phones": "+442079460000"}, 10_000),
        ({"company": "Bigfirm Ltd"}, 5_000),
        ({"company": "Bigfirm Ltd", "phones": "+442079460000", "emails": "info@bigfirm.com"}, 2_000),
    ],
)
def test_thousands_that_share_one_value_are_not_one(desk: Desk, shared: dict[str, str], count: int) -> None:
    found = groups(desk_of(desk, [{**person, **shared} for person in people(count)]))
    assert max(map(len, found), default=0) < 8
    assert sum(map(len, found)) < count / 20
    assert desk.run("dedupe", "--merge", "--yes").stdout == ""


def test_thousands_with_nothing_but_one_name_are_not_merged(desk: Desk) -> None:
    desk_of(desk, [{"name": "John Smith"}] * 3000 + [{"name": "J"}] * 500 + [{"company": "Acme"}] * 500)
    assert isinstance(desk.json("dedupe"), list)
    assert desk.run("dedupe", "--merge", "--yes").stdout == ""


def test_a_name_alone_is_never_enough(desk: Desk) -> None:
    rows = [{"name": "John Smith", "emails": f"john{n}@firm{n}.com"} for n in range(1500)]
    assert groups(desk_of(desk, rows)) == []


@pytest.mark.parametrize(
    "names",
    [
        ["A", "B", "A", "X Y", "x y"],
        ["李小龙", "李小龙", "王伟", "محمد علي", "محمد علي", "김철수"],
        ["😀 🎉", "😀 🎉", "😀", "---", "...", "'"],
        ["Foo GmbH", "Bar Inc", "Foo", "foo gmbh"],
        ["|", "||", "a|b|c", "a\tb", "@", "x@", "@x@y"],
    ],
)
def test_odd_names_are_no_trouble(desk: Desk, names: list[str]) -> None:
    desk_of(desk, [{"name": name, "company": name, "postcode": name, "street": name} for name in names] * 2)
    assert isinstance(desk.json("dedupe"), list)
    assert isinstance(desk.json("dedupe", "--min", "1", "--explain"), list)
    desk.ok("dedupe", "--merge", "--yes")


@pytest.mark.parametrize("record", ["leads", "accounts", "contacts"])
def test_an_empty_desk_has_none(desk: Desk, record: str) -> None:
    desk.ok("init")
    assert desk.json("dedupe", "--of", record) == []
    assert desk.ok("dedupe") == ""
    assert "No duplicates" in desk.run("dedupe", "--merge", "--yes").stderr
    desk.fails(3, "dedupe", "--fail-empty")


def test_a_lead_that_goes_while_somebody_decides_is_left_alone(engines: Desk) -> None:
    engines.ok("rm", "4")
    assert groups(engines) == [[1, 2]]
    engines.ok("dedupe", "--merge", "--yes", "--min", "85")
    assert engines.ok("filter", "is:any", "--count") == "4"


# How good it is


def test_most_are_found_and_little_else(desk: Desk) -> None:
    rows, pairs = labelled(1200)
    desk_of(desk, rows)
    found = [set(each) for each in groups(desk)]
    right = sum(each in pairs for each in found)
    assert right / len(found) > 0.97
    assert right / len(pairs) > 0.9


def test_what_is_merged_unasked_is_right(desk: Desk) -> None:
    rows, pairs = labelled(1200)
    desk_of(desk, rows)
    desk.ok("dedupe", "--merge", "--yes")
    number = desk.json("history")[0]["operation"]
    changes: list[dict[str, Any]] = desk.json("history", "--operation", number)["changes"]
    gone = {each["id"] for each in changes if each["field"] == "deleted"}
    assert len(gone) > 100
    assert all(any(id in pair for pair in pairs) for id in gone)


# The check on add


def test_add_names_a_lead_that_is_probably_there(desk: Desk) -> None:
    desk.ok("add", "Robert Kim", "--company", "Kim & Sons Ltd", "--city", "Munich")
    for words in (("Bob Kim", "--company", "KIM AND SONS"), ("Kim, Robert", "--city", "München")):
        assert "lead 1 (Robert Kim, New) may be the same" in desk.run("add", *words).stderr
    assert "may be the same" not in desk.run("add", "Robert Kim", "--city", "Rome").stderr
    assert "may be the same" not in desk.run("add", "Robert Lee", "--company", "Kim & Sons").stderr


def test_a_shared_free_mail_provider_says_nothing(desk: Desk) -> None:
    desk.ok("add", "Robert Kim", "--email", "robert@gmail.com")
    assert "may be" not in desk.run("add", "Robert Kim", "--email", "rkim@gmail.com").stderr
    desk.ok("add", "Grace Hopper", "--email", "grace@navy.mil")
    assert "same e-mail domain" in desk.run("add", "Hopper, Grace", "--email", "gh@navy.mil").stderr


def test_add_refuses_an_external_id_that_is_there(desk: Desk) -> None:
    desk.ok("add", "Ada", "--external-id", "17")
    desk.fails(5, "add", "Bob", "--external-id", "17", says="external id 17")
    desk.ok("add", "Bob", "--external-id", "17", "--force")


def test_a_changed_name_is_found_by_its_new_keys(desk: Desk) -> None:
    desk.ok("add", "Robert Kim", "--company", "Kim & Sons")
    desk.ok("edit", "1", "--first-name", "Ada", "--last-name", "Lovelace", "--name", "Ada Lovelace")
    assert "may be the same" in desk.run("add", "Lovelace, Ada", "--company", "Kim & Sons").stderr
    desk.ok("undo")
    desk.ok("undo")
    assert "may be the same" in desk.run("add", "Kim, Bob", "--company", "Kim & Sons").stderr


def test_the_shape_scripts_rely_on(engines: Desk) -> None:
    for group in json.loads(engines.ok("dedupe", "--json")):
        assert list(group) == ["score", "reasons", "leads"]
    survivors = engines.json("dedupe", "--merge", "--yes")
    assert [each["id"] for each in survivors] == [3]
