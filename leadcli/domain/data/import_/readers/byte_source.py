"""The bytes of one input, read from start to end and hashed, never more than a block of them in memory."""

from __future__ import annotations

import hashlib
import io
import os
import select
import stat
import sys
import tempfile
from collections.abc import Iterator

from leadcli.errors import Failed, NotFound, Usage

BLOCK = 1 << 18
HEAD = 1 << 16  # what is looked at to tell format, encoding and delimiter


class ByteSource:
    """A regular file, a pipe, or standard input (name `-`).

    `head()` looks ahead without consuming; `blocks()` gives everything; `rewind()` starts again, after putting a pipe
    into a temporary file. A file that changes while it is read is an error (Failed), found at its end.
    """

    def __init__(self, name: str, file: io.FileIO | io.BytesIO) -> None:
        self.name = name
        self._file = file
        self._start = file.tell() if file.seekable() else 0
        self._ahead = b""
        self._hash = hashlib.sha256()
        self._state = _state(file)
        self.reached = 0  # bytes given so far

    def head(self) -> bytes:
        while len(self._ahead) < HEAD and (block := self._read()):
            self._ahead += block
        return self._ahead[:HEAD]

    def blocks(self) -> Iterator[bytes]:
        block, self._ahead = self._ahead, b""
        block = block or self._read()
        while block:
            self._hash.update(block)
            self.reached += len(block)
            yield block
            block = self._read()
        if _state(self._file) != self._state:
            raise Failed(f"{self.name} changed while it was read.", hint="import it again when it is complete")

    def rewind(self) -> None:
        """Back to the first byte; what was read so far is kept in a temporary file when the input is a pipe."""
        if self._state is None:
            self._spool()
        self._file.seek(self._start)
        self._ahead = b""
        self._hash = hashlib.sha256()
        self.reached = 0

    def whole(self) -> io.FileIO | io.BytesIO:
        """The same bytes as a seekable file, for formats that are read from their end (.xlsx)."""
        self.rewind()
        for _ in self.blocks():
            pass
        self._file.seek(self._start)
        return self._file

    @property
    def size(self) -> int:
        """Bytes of a regular file; 0 where nobody knows."""
        return self._state[0] - self._start if self._state else 0

    def digest(self) -> str:
        """SHA-256 of the bytes read so far, in hexadecimal: of the whole input once its rows are exhausted."""
        return self._hash.hexdigest()

    def close(self) -> None:
        self._file.close()

    def _read(self) -> bytes:
        while True:
            try:
                block = self._file.read(BLOCK)
            except OSError as error:
                raise Failed(f"cannot read {self.name}: {error.strerror or error}.") from error
            if block is not None:
                return block
            select.select([self._file], [], [])  # a pipe that another program made non-blocking

    def _spool(self) -> None:
        try:
            spool = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close()
            for block in self.blocks():
                spool.write(block)
        except OSError as error:
            raise Failed(f"cannot keep {self.name} in a temporary file: {error.strerror or error}.") from error
        self._file.close()
        self._file, self._start, self._state = spool, 0, _state(spool)


def open_feed(path: str) -> ByteSource:
    """The file at `path`, `-` is standard input. NotFound: no such file; Usage: no file or pipe; Failed: unreadable."""
    if path == "-":
        return ByteSource("-", _standard_input())
    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115 - closed by Feed.close()
    except FileNotFoundError:
        raise NotFound(f"there is no file '{path}'.", hint="check the name, or write - for standard input") from None
    except IsADirectoryError:
        raise Usage(f"'{path}' is a directory.", hint="name the files in it") from None
    except ValueError:
        raise NotFound(f"there is no file {path!r}: a file name cannot hold this character.") from None
    except OSError as error:
        raise Failed(f"cannot open '{path}': {error.strerror}.") from error
    mode = os.fstat(file.fileno()).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
        file.close()
        raise Usage(f"'{path}' is a device, not a file.", hint="write - for standard input")
    return ByteSource(path, file)


def _standard_input() -> io.FileIO | io.BytesIO:
    if sys.stdin is None:
        raise Usage("standard input is closed.", hint="name a file, or pipe one in")
    buffer = sys.stdin.buffer
    try:
        number = buffer.fileno()
    except (OSError, io.UnsupportedOperation):
        return io.BytesIO(buffer.read())  # not a real file: it is in memory already
    if stat.S_ISDIR(os.fstat(number).st_mode):
        raise Usage("standard input is a directory.", hint="name the files in it")
    return io.FileIO(number, closefd=False)


def _state(file: io.FileIO | io.BytesIO) -> tuple[int, int] | None:
    """Size and time of last change of a regular file; None for a pipe."""
    try:
        status = os.fstat(file.fileno())
    except (OSError, io.UnsupportedOperation):
        return None
    return (status.st_size, status.st_mtime_ns) if stat.S_ISREG(status.st_mode) else None
