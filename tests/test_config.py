"""Guards the settings: precedence and origin, what may be said, the file that is kept as it was written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.config.file import set_setting, unset_setting
from leadcli.config.settings import SETTINGS, Config, check_settings, config_path, setting, user_folder
from leadcli.errors import Failed, NotFound, Usage
from leadcli.system.file_writer import write_text


def config(tmp_path: Path, text: str = "", *, flags: dict[str, str] | None = None, **environ: str) -> Config:
    """Settings read from a file with this text."""
    file = tmp_path / "config.toml"
    if text:
        file.write_text(text)
    return Config({"LEADCLI_CONFIG": str(file), **environ}, flags=flags)


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    assert config(tmp_path).value("db") == ("", "default")
    file = tmp_path / "config.toml"
    assert config(tmp_path, 'db = "file.db"').value("db") == ("file.db", str(file))
    assert config(tmp_path, LEADCLI_DB="env.db").value("db") == ("env.db", "environment LEADCLI_DB")
    assert config(tmp_path, LEADCLI_DB="env.db", flags={"db": "flag.db"}).value("db") == ("flag.db", "flag")
    assert config(tmp_path, LEADCLI_DB="").value("db")[1] == str(file)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("currency", "usd", "USD"),
        ("phone_region", "gb", "GB"),
        ("list_limit", "0", 0),
        ("attach_max", "25 MB", 25_000_000),
        ("attach_max", "500kB", 500_000),
        ("attach_max", "12", 12),
        ("lost_reason_required", "off", False),
        ("plain", "yes", True),
        ("mail.security", "TLS", "tls"),
        ("default_view", "is:open owner:me", "is:open owner:me"),
        ("aliases.hot", "list @hot", "list @hot"),
    ],
)
def test_a_setting_is_read_by_its_kind(tmp_path: Path, key: str, text: str, value: object) -> None:
    set_setting(tmp_path / "config.toml", key, text)
    found = config(tmp_path)[key]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("currency", "groats", "is not a currency"),
        ("phone_region", "Germany", "is not a country code"),
        ("list_limit", "-1", "is not a whole number from 0 up"),
        ("list_limit", "many", "is not a whole number"),
        ("attach_max", "25 pounds", "is not a size"),
        ("plain", "perhaps", "is neither yes nor no"),
        ("mail.transport", "pigeon", "is not one of sendmail, smtp"),
        ("rates.USD", "0.92", "belong to the desk"),
        ("curency", "USD", "Did you mean 'currency'?"),
        ("mail.passwort_command", "x", "Did you mean 'mail.password_command'?"),
        ("aliases", "x", "unknown setting 'aliases'"),
    ],
)
def test_what_cannot_be_read_is_not_written(tmp_path: Path, key: str, text: str, says: str) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(Usage) as refused:
        set_setting(path, key, text)
    assert says in refused.value.message
    assert not path.exists()


def test_one_bad_line_harms_only_itself(tmp_path: Path) -> None:
    bad = config(tmp_path, 'list_limit = "many"\nme = "ann"\n')
    assert bad["me"] == "ann"
    with pytest.raises(Usage, match="list_limit 'many' is not a whole number") as refused:
        bad["list_limit"]
    assert refused.value.hint.endswith("config.toml")
    assert [sentence.split("'")[0] for sentence in check_settings(bad)] == ["list_limit "]


def test_defaults_are_what_their_kind_would_read(tmp_path: Path) -> None:
    empty = config(tmp_path)
    assert {key: empty.parsed(key, empty.value(key)[0]) or "" for key in SETTINGS} == {
        key: value or "" for key, value in empty.items()
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [("me = \n", "line 1"), ("me = 'ann'\nme = 'bob'\n", "line 2"), ("\udcff", "utf-8")],
)
def test_a_file_that_is_not_toml_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "config.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Usage, match="cannot be understood") as refused:
        config(tmp_path)["me"]
    assert says in refused.value.message
    assert "leadcli config edit" in refused.value.hint


def test_a_broken_file_does_not_keep_one_from_help_or_from_its_path(desk: Desk) -> None:
    file = desk.home / "broken.toml"
    file.write_text("me = ")
    for argv in ("help", "help filter", "config path", "--version", "list -h"):
        assert desk.run(*argv.split(), LEADCLI_CONFIG=str(file)).returncode == 0
    result = desk.run("config", "me", LEADCLI_CONFIG=str(file), LEADCLI_ME="")
    assert result.returncode == 2
    assert "mend it: leadcli config edit" in result.stderr


def test_comments_and_order_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('# mine\ncurrency = "EUR"  # for now\n\n[mail]\n# the office\nhost = "mail.example.com"\n')
    set_setting(path, "me", "ann")
    set_setting(path, "mail.port", "465")
    set_setting(path, "currency", "USD")
    text = path.read_text()
    assert text.index("# mine") < text.index("currency") < text.index("[mail]") < text.index("# the office")
    assert 'currency = "USD"  # for now' in text
    assert text.index('me = "ann"') < text.index("[mail]")
    assert "port = 465" in text
    assert unset_setting(path, "mail.port")
    assert unset_setting(path, "me")
    assert not unset_setting(path, "me")
    assert path.read_text() == text.replace('me = "ann"\n', "").replace("port = 465\n", "")


def test_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'# mine\r\ncurrency = "EUR"\r\n')
    set_setting(path, "currency", "USD")
    assert path.read_bytes() == b'# mine\r\ncurrency = "USD"\r\n'


def test_an_empty_table_goes_with_its_last_setting(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    set_setting(path, "mail.host", "example.com")
    assert unset_setting(path, "mail.host")
    assert path.read_text().strip() == ""


def test_the_file_is_its_owners_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "leadcli.toml"
    real.parent.mkdir()
    real.write_text("")
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    set_setting(link, "me", "ann")
    assert link.is_symlink()
    assert 'me = "ann"' in real.read_text()
    assert stat.S_IMODE(os.stat(real).st_mode) == 0o600
    assert [each.name for each in real.parent.iterdir()] == ["leadcli.toml"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Failed, match="cannot be written"):
        write_text(tmp_path / "file" / "config.toml", "")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40).map(str.strip))
def test_any_text_comes_back_as_it_was_typed(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    import unicodedata

    path = tmp_path_factory.mktemp("any") / "config.toml"
    set_setting(path, "mail.from", text)
    assert Config({"LEADCLI_CONFIG": str(path)})["mail.from"] == unicodedata.normalize("NFC", text).strip()


def test_xdg_variables_decide_unless_they_are_relative() -> None:
    home = {"HOME": "/home/ann"}
    assert user_folder("config", {"XDG_CONFIG_HOME": "/x"}) == Path("/x/leadcli")
    assert user_folder("data", home) == Path("/home/ann/.local/share/leadcli")
    assert user_folder("state", {"XDG_STATE_HOME": "relative", **home}) == Path("/home/ann/.local/state/leadcli")
    assert config_path({"LEADCLI_CONFIG": "/y/c.toml", "XDG_CONFIG_HOME": "/x"}) == Path("/y/c.toml")


def test_the_folders_are_those_the_library_names(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    for name in ("config", "data", "state"):
        monkeypatch.delenv(f"XDG_{name.upper()}_HOME", raising=False)
        assert user_folder(name, os.environ) == getattr(platformdirs, f"user_{name}_path")("leadcli", appauthor=False)


def test_having_no_home_is_no_error_until_something_is_kept() -> None:
    nobody = Config({"HOME": ""})
    assert nobody.path is None
    assert nobody["currency"] == "EUR"
    assert nobody.imports is None
    with pytest.raises(NotFound, match="no home directory"):
        set_setting(nobody.path, "me", "ann")


def test_unknown_keys_are_named_with_what_was_meant(tmp_path: Path) -> None:
    said = config(tmp_path, 'me = "ann"\nlist_limits = 3\n[mail]\nhots = "x"\n').warnings()
    assert ["list_limit" in said[0], "mail.host" in said[1], len(said)] == [True, True, 2]


def test_a_setting_knows_itself() -> None:
    assert all(setting(key).key == key and setting(key).about for key in SETTINGS)


# Settings that act


@pytest.mark.parametrize(("days", "stale"), [("30", "0"), ("5", "1"), ("0", "0")])
def test_stale_days_counts_where_a_status_sets_none(desk: Desk, days: str, stale: str) -> None:
    desk.ok("add", "Ada", "--today", "2026-11-01")
    desk.ok("config", "stale_days", days)
    assert desk.ok("list", "is:stale", "--count", LEADCLI_TODAY="2026-11-12") == stale


def test_confirm_from_says_how_many_records_a_filter_may_change_unasked(desk: Desk) -> None:
    for name in ("Ada", "Bob", "Eva"):
        desk.ok("add", name)
    desk.fails(2, "edit", "is:open", "--owner", "bob", says=("--yes",))
    desk.ok("config", "confirm_from", "4")
    desk.ok("edit", "is:open", "--owner", "bob")
    desk.ok("config", "confirm_from", "3")
    desk.fails(2, "edit", "is:open", "--owner", "eva", says=("--yes",))


def test_what_takes_records_away_asks_from_two_on(desk: Desk) -> None:
    desk.ok("config", "confirm_from", "100")
    desk.ok("add", "Ada")
    desk.ok("add", "Bob")
    desk.fails(2, "rm", "is:open", says=("--yes",))
