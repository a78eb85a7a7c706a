"""Converts batches of rows on all cores, in order: worker processes behind pipes, or right here for small files.

Workers are forked once the first rows have shown that the file is worth it; they know the converter by that, never
touch the database, and end when their pipe does.
"""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO

from leadcli.domain.data.import_.rows.context import Batch, RowConverter
from leadcli.domain.data.import_.rows.row_batch import Plain
from leadcli.domain.data.import_.signals import unstoppable
from leadcli.errors import Failed

ROWS, BYTES = 1000, 1 << 20  # in a batch, whichever comes first
FEW = 4  # rows between two looks at the bytes
WORTH_IT = 8  # batches that are convert_batches right here before anybody is called to help
AHEAD = 2  # batches a worker has waiting
_SIZE = 8
_PIPE = 1 << 20  # bytes; what anybody may ask for


def convert_batches(
    converter: RowConverter, rows: Iterator[Plain], reached: Callable[[], int], *, first: int = 1
) -> Iterator[Batch]:
    """The batches of all rows, in order. `reached` tells the bytes read so far, `first` is the first row's number."""
    batches = split_batches(rows, reached)
    for batch in islice(batches, WORTH_IT):
        yield converter.convert(first, batch)
        first += len(batch)
    if _count_cores() < 2 or not hasattr(os, "fork"):
        for batch in batches:
            yield converter.convert(first, batch)
            first += len(batch)
    elif next_batch := next(batches, None):
        yield from _convert_by_workers(converter, chain([next_batch], batches), first)


def split_batches(rows: Iterator[Plain], reached: Callable[[], int]) -> Iterator[list[Plain]]:
    """Rows in batches of ROWS, fewer where they are long: memory holds several batches at once."""
    while True:
        batch: list[Plain] = []
        start = reached()
        while len(batch) < ROWS and reached() - start < BYTES and (some := list(islice(rows, FEW))):
            batch += some
        if not batch:
            return
        yield batch


def _convert_by_workers(converter: RowConverter, batches: Iterator[list[Plain]], first: int) -> Iterator[Batch]:
    workers: list[_Worker] = []
    # A million rows make the collector look at everything again and again, though hardly anything here makes cycles.
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 5, 5)
    try:
        for _ in range(_count_cores()):
            workers.append(_Worker(converter))
        waiting: deque[_Worker] = deque()
        for number, batch in enumerate(batches):
            worker = workers[number % len(workers)]
            if len(waiting) >= AHEAD * len(workers):
                yield waiting.popleft().result()
            worker.give((first, [tuple(row) for row in batch]))
            waiting.append(worker)
            first += len(batch)
        while waiting:
            yield waiting.popleft().result()
    finally:
        for worker in workers:
            worker.end()
        gc.set_threshold(*usual)
        gc.unfreeze()


def _count_cores() -> int:
    try:
        return min(len(os.sched_getaffinity(0)), 4)
    except AttributeError:  # not Linux
        return min(os.cpu_count() or 1, 4)


class _Worker:
    """One process that converts what it is given, in order."""

    def __init__(self, converter: RowConverter) -> None:
        theirs, ours = _open_pipe()
        results, answers = _open_pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.id = os.fork()
        if not self.id:
            os.close(ours)
            os.close(results)
            _run_worker(converter, os.fdopen(theirs, "rb"), os.fdopen(answers, "wb"))
        os.close(theirs)
        os.close(answers)
        self._to, self._from = os.fdopen(ours, "wb"), os.fdopen(results, "rb")

    def give(self, task: tuple[int, Sequence[Any]]) -> None:
        try:
            _write_object(self._to, task)
        except BrokenPipeError:
            raise Failed("a helper process of the import ended; nothing was imported.") from None

    def result(self) -> Batch:
        answer = _read_object(self._from)
        if answer is None:
            raise Failed("a helper process of the import ended; nothing was imported.", hint="is there memory left?")
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return Batch(*answer)

    def end(self) -> None:
        for pipe in (self._to, self._from):
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        os.kill(self.id, signal.SIGKILL)
        os.waitpid(self.id, 0)


def _run_worker(converter: RowConverter, tasks: BinaryIO, answers: BinaryIO) -> None:
    """The life of a worker; never returns."""
    unstoppable()
    queue: SimpleQueue[Any] = SimpleQueue()

    def receive() -> None:
        # A thread of its own: were this process to write while the parent writes, both would wait for ever.
        while task := _read_object(tasks):
            queue.put(task)
        queue.put(None)

    code = 1
    try:
        Thread(target=receive, daemon=True).start()
        while task := queue.get():
            try:
                answer: Any = tuple(converter.convert(*task))
            except Exception:
                import traceback

                answer = traceback.format_exc()
            _write_object(answers, answer)
        code = 0
    finally:
        os._exit(code)


def _open_pipe() -> tuple[int, int]:
    """A pipe that holds a whole batch, where the system has such: neither side waits for the other to look."""
    ends = os.pipe()
    with suppress(ImportError, AttributeError, OSError):  # Linux only
        import fcntl

        fcntl.fcntl(ends[0], fcntl.F_SETPIPE_SZ, _PIPE)
    return ends


def _write_object(pipe: BinaryIO, value: Any) -> None:
    data = marshal.dumps(value)
    pipe.write(len(data).to_bytes(_SIZE, "big"))
    pipe.write(data)
    pipe.flush()


def _read_object(pipe: BinaryIO) -> Any:
    size = pipe.read(_SIZE)
    return marshal.loads(pipe.read(int.from_bytes(size, "big"))) if len(size) == _SIZE else None
