"""Whatever bytes a file holds, reading it gives rows or one clear error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.readers.open_file import open_source, recognise
from leadcli.errors import LeadError

PIECES = st.sampled_from(
    [
        *(bytes([letter]) for letter in b',;"\n\r\0\xff\t[]{}:\\ ='),
        *(
            b'""',
            b"\r\n",
            b"\xc3\xa9",
            b"name",
            b"email",
            b"a@x.org",
            b"sep=;",
            b"\xef\xbb\xbf",
            b"\xff\xfe",
            b"PK\x03\x04",
        ),
        *(b"BEGIN:VCARD\n", b"END:VCARD\n", b"N:a;b;c\n", b"TEL;TYPE=x:", b"item1.ADR:;;", b"PREF=", b"BDAY:"),
        *(b"PHOTO;ENCODING=b:", b"NOTE;ENCODING=QUOTED-PRINTABLE:=", b'{"a":1}', b'"a":', b"1e9", b"null", b"\\ud800"),
    ]
)
ANY = st.binary(max_size=200) | st.lists(PIECES, max_size=25).map(b"".join)


@pytest.mark.parametrize("name", ["in.csv", "in.json", "in.jsonl", "in.vcf", "in.xlsx", "in"])
@given(data=ANY, encoding=st.sampled_from([None, "auto", "cp1252", "utf-16", "shift_jis"]))
def test_any_bytes_give_rows_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes, encoding: str | None
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(data)
    said = read_or_say(str(path), encoding)
    assert said.code in (0, 1, 2)
    assert said.message.encode()


def read_or_say(path: str, encoding: str | None) -> LeadError:
    done = LeadError("read")
    done.code = 0
    try:
        source = open_source(path, encoding=encoding)
        for row in source.rows:
            assert row.error or len(row.cells) == len(source.headers)
            "".join(source.headers if row.error else row.cells).encode()
    except LeadError as error:
        return error
    return done


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"name,email\n", "csv"), (b"", "csv"), (b'\xef\xbb\xbf [{"a":1}]', "json"), (b'{"a":1}\n{"a":2}\n', "jsonl"),
        (b'{"a":1}\n', "json"), (b'{\n"a":1}\n', "json"), (b"begin:vcard\n", "vcard"),
        (b"PK\x03\x04..[Content_Types].xml", "xlsx"),
    ],
)  # fmt: skip
def test_the_first_bytes_tell_the_format(head: bytes, form: str) -> None:
    assert recognise(head) == form
