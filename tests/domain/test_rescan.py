"""Guards scans of large desks: what is new since the last one is compared alone, and finds what comparing all finds."""

from __future__ import annotations

import os
import random
import shutil
import stat
from itertools import combinations
from pathlib import Path

import pytest
from desk import Desk
from people import desk_of, labelled, messy

from leadcli.domain.data.duplicates import find as duplicate_search
from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates import scan as duplicate_scan
from leadcli.domain.data.duplicates.groups import DuplicateGroup
from leadcli.domain.data.duplicates.linkage import scan_cache
from leadcli.domain.data.duplicates.linkage.comparison import LazyComparator
from leadcli.domain.data.duplicates.scan import CacheOptions, DeskScan
from leadcli.run import Run


@pytest.fixture
def large(desk: Desk) -> Desk:
    """1,600 leads, every fourth a duplicate: large enough, as these tests have it."""
    return desk_of(desk, labelled(1200)[0])


def scanned(desk: Desk, *, renew: bool = False) -> DeskScan:
    run = Run([], desk.env)
    try:
        return duplicate_scan.scan_desk(
            run.store(), "lead", cache=CacheOptions(desk.home / "cache", renew=renew, large=100)
        )
    finally:
        run.close()


def listed(desk: Desk, *words: str, least: float | None = None) -> list[list[int]]:
    run = Run([], desk.env)
    try:
        wanted = duplicate_search.DedupeRequest(words, min_score=least)
        found = duplicate_search.find_duplicates(
            run.store(), wanted, cache=CacheOptions(desk.home / "cache", large=100)
        )
        return [group.leads for group in found.groups]
    finally:
        run.close()


def groups_of_all(desk: Desk, before: DeskScan) -> list[DuplicateGroup]:
    """What comparing all leads finds with the weights of an earlier scan."""
    run = Run([], desk.env)
    try:
        store = run.store()
        whole = duplicate_scan.scan_whole(store, "lead", lambda done, total: None, 1, trained=before.scan.trained)
        return duplicate_groups.find_groups(whole, cannot_link=scanned(desk).cannot_link)
    finally:
        run.close()


def pairs(groups: list[DuplicateGroup]) -> set[tuple[int, int]]:
    return {pair for group in groups for pair in combinations(group.leads, 2)}


def only_news(found: DeskScan) -> bool:
    """Only some of the leads were read, not all."""
    judge = found.scan.comparator
    read = (
        sum(len(places) for places, _ in judge.comparators)
        if isinstance(judge, LazyComparator)
        else len(found.scan.blocking_keys.ids)
    )
    return read < len(found.scan.blocking_keys.ids) / 2


def cache(desk: Desk) -> Path:
    (file,) = (desk.home / "cache").glob("duplicates-*")
    return file


def add(desk: Desk, row: dict[str, str]) -> str:
    words = {"company": "--company", "emails": "--email", "phones": "--phone", "city": "--city", "street": "--street"}
    more = [part for name, flag in words.items() if row.get(name) for part in (flag, row[name])]
    return desk.ok("add", row["name"], *more, "--force")


def some_work(desk: Desk, chance: random.Random) -> None:
    """What a desk sees in a day: leads come, change, go, are merged, and some of it is undone."""
    rows = labelled(1200)[0]
    for row in chance.sample(rows, 12):
        add(desk, messy({"emails": "", "phones": "", "street": "", **row}, chance))
    for id in chance.sample(range(1, 1600), 12):
        other = chance.choice(rows)
        desk.ok("edit", id, "--name", other["name"], "--company", other["company"], "--force")
    desk.ok("rm", *chance.sample(range(1, 1600), 6), "--yes")
    desk.ok("undo")
    desk.ok("rm", *chance.sample(range(1, 1600), 6), "--yes")
    for leads in [group.leads for group in scanned(desk).groups or []][:4]:
        desk.ok("merge", *leads)
    desk.ok("undo")


@pytest.mark.parametrize("seed", range(3))
def test_what_changed_is_compared_alone_and_nothing_is_missed(large: Desk, seed: int) -> None:
    before = scanned(large)
    some_work(large, random.Random(seed))
    found = scanned(large)
    assert only_news(found)
    expected, got = pairs(groups_of_all(large, before)), pairs(found.groups or [])
    assert len(expected) > 200
    assert len(expected ^ got) <= 2  # how rare a value is was counted before the others came
    scores = {tuple(group.leads): group.score for group in groups_of_all(large, before)}
    same = [
        abs(scores[tuple(group.leads)] - group.score) for group in found.groups or [] if tuple(group.leads) in scores
    ]
    assert max(same) <= 2


def test_a_new_duplicate_is_found_at_once_with_its_reasons(large: Desk) -> None:
    scanned(large)
    id = int(large.ok("add", "Ada Lovelace", "--email", "ada@acme.com", "--company", "Engines"))
    assert int(large.ok("add", "Lovelace, Ada", "--email", "ada@acme.com", "--force")) == id + 1
    found = scanned(large)
    assert only_news(found)
    group = next(group for group in found.groups or [] if id in group.leads)
    assert (group.leads, group.score, group.certain) == ([id, id + 1], 100, True)
    assert group.reasons[0] == "same e-mail ada@acme.com"
    assert [id, id + 1] in listed(large, f"id:{id}")
    assert [id, id + 1] in listed(large, least=99)
    large.ok("edit", id, "--name", "Grace Hopper", "--email", "grace@navy.mil", "--force")
    assert [id, id + 1] not in listed(large)
    large.ok("undo")
    assert [id, id + 1] in listed(large)
    large.ok("rm", id, "--yes")
    assert [id, id + 1] not in listed(large)


def test_who_was_told_apart_since_is_known_and_forgotten_again(large: Desk) -> None:
    first = listed(large)[0]
    large.ok("dedupe", "--keep-apart", *first)
    assert first not in listed(large)
    large.ok("undo")
    assert first in listed(large)


def test_an_external_id_that_comes_or_goes_is_noticed(large: Desk) -> None:
    scanned(large)
    firms = "Alpha", "Beta", "Gamma"
    ids = [large.ok("add", "Ada King", "--company", firm, "--external-id", "x17", "--force") for firm in firms]
    trio = sorted(map(int, ids))
    assert trio in listed(large)
    large.ok("rm", ids[1], "--yes")
    assert [trio[0], trio[2]] in listed(large)
    large.ok("edit", ids[0], "--external-id", "x18")
    assert [trio[0], trio[2]] not in listed(large)


def test_a_scan_is_kept_for_its_owner_only_and_never_in_the_database(large: Desk) -> None:
    before = large.db.read_bytes()
    scanned(large)
    assert large.db.read_bytes() == before
    assert stat.S_IMODE(cache(large).stat().st_mode) == 0o600
    assert [file.name for file in (large.home / "cache").iterdir()] == [cache(large).name]


def test_full_compares_all_anew(large: Desk) -> None:
    scanned(large)
    assert only_news(scanned(large))
    assert not only_news(scanned(large, renew=True))


def test_after_many_changes_all_are_compared_anew(large: Desk) -> None:
    scanned(large)
    desk_of(large, labelled(60)[0] * 3)
    assert not only_news(scanned(large))


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "older", "text"])
def test_a_damaged_file_is_passed_over(large: Desk, harm: str) -> None:
    expected = listed(large)
    file = cache(large)
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    file.write_bytes({
        "empty": b"", "cut": whole[:-1000], "flipped": flipped,
        "older": whole.replace(b"duplicates 1", b"duplicates 0", 1), "text": b"hello\n" * 1000,
    }[harm])  # fmt: skip
    assert scan_cache.load_scan(file) is None
    assert listed(large) == expected
    assert scan_cache.load_scan(file) is not None


def test_a_scan_of_another_past_is_passed_over(large: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    large.ok("add", "Ada King")
    shutil.copy(large.db, copy)
    large.ok("add", "Ada Lovelace", "--email", "ada@acme.com")
    large.ok("add", "Lovelace, Ada", "--email", "ada@acme.com", "--force")
    scanned(large)
    shutil.copy(copy, large.db)  # somebody puts yesterday's copy back and goes on from there
    large.ok("add", "Grace Hopper")
    large.ok("add", "Robert Kim")
    assert not only_news(found := scanned(large))
    assert found.groups == groups_of_all(large, found)


def test_a_folder_that_cannot_be_written_is_no_matter(large: Desk) -> None:
    expected = listed(large)
    shutil.rmtree(large.home / "cache")
    (large.home / "cache").write_text("in the way")
    assert listed(large) == expected


def test_the_command_keeps_a_large_scan_in_the_cache_folder(desk: Desk) -> None:
    rows = labelled(200)[0] * (duplicate_scan.LARGE // 266 + 1)
    desk_of(desk, [{**row, "name": f"{row['name']}{number // 266}"} for number, row in enumerate(rows)])
    first = desk.ok("dedupe", "--json")
    assert len(list((desk.home / "cache" / "leadcli").glob("duplicates-*"))) == 1
    assert desk.ok("dedupe", "--json") == first
    assert os.listdir(desk.home / "cache") == ["leadcli"]
