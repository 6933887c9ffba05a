"""The line of decode calls before the model, and the thread that works it off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import torch

from ...generation.batch import BatchDecoder
from ...generation.model_engine import Cancelled
from .batching import Job, Session, decode_jobs
from .messages import Answer, Failed

LINGER_S = 0.1  # that a call waits for those of other runs that are likely to come
RECENT_S = 1.0  # a run that got its last answer within this time will likely ask again


class Worker:
    """Takes jobs of any thread, and decodes them in the thread that calls :meth:`work`."""

    def __init__(self, decoder: BatchDecoder, clock: Callable[[], float] = time.monotonic) -> None:
        self.decoder, self.clock = decoder, clock
        self.batches: list[int] = []  # rows of each batch so far
        self._jobs: list[tuple[Job, Future[Answer | Failed]]] = []
        self._sessions: set[Session] = set()
        self._change = threading.Condition()

    def enter(self, session: Session) -> None:
        with self._change:
            self._sessions.add(session)

    def leave(self, session: Session) -> None:
        """The run is gone; what it has asked for is dropped."""
        with self._change:
            session.closed = True
            self._sessions.discard(session)
            self._jobs = [each for each in self._jobs if each[0].session is not session]
            self._change.notify_all()

    def put(self, job: Job) -> Future[Answer | Failed]:
        future: Future[Answer | Failed] = Future()
        with self._change:
            self._jobs.append((job, future))
            self._change.notify_all()
        return future

    def work(self, timeout: float) -> bool:
        """Decode one batch, or wait so many seconds for a job. True where something was done."""
        taken = self._take(timeout)
        if not taken:
            return False
        jobs = [job for job, _ in taken]
        for (job, future), answer in zip(taken, self._answers(jobs), strict=True):
            job.session.answered, job.session.kind = self.clock(), job.kind
            future.set_result(answer)
        return True

    def _take(self, timeout: float) -> list[tuple[Job, Future[Answer | Failed]]]:
        """The oldest job with those of its kind that fit in; waits a little for more where they are likely."""
        with self._change:
            if not self._jobs:
                self._change.wait(timeout)
            end = self.clock() + LINGER_S
            while self._jobs:
                taken = self._fitting()
                left = end - self.clock()
                if left <= 0 or not self._more_likely(taken[0][0], sum(job.rows for job, _ in taken)):
                    self._jobs = [each for each in self._jobs if each not in taken]
                    return taken
                self._change.wait(left)
        return []

    def _fitting(self) -> list[tuple[Job, Future[Answer | Failed]]]:
        first = self._jobs[0][0]
        taken, rows, most = [self._jobs[0]], first.rows, first.most_rows
        for each in self._jobs[1:]:
            job, limit = each[0], min(most, each[0].most_rows)
            if first.kind is not None and job.kind == first.kind and rows + job.rows <= limit:
                taken.append(each)
                rows, most = rows + job.rows, limit
        return taken

    def _more_likely(self, first: Job, rows: int) -> bool:
        if first.kind is None or rows >= first.most_rows:
            return False
        asking = {job.session for job, _ in self._jobs}
        now = self.clock()
        return any(
            session not in asking and session.kind == first.kind and now - session.answered < RECENT_S
            for session in self._sessions
        )

    def _answers(self, jobs: list[Job]) -> list[Answer | Failed]:
        """Answers of a batch; where it fails, of each job alone, so that none suffers from another."""
        self.batches.append(sum(job.rows for job in jobs))
        try:
            with torch.inference_mode():
                return list(decode_jobs(self.decoder, jobs))
        except Cancelled as error:
            return [Failed(str(error))] * len(jobs)
        except Exception as error:  # whatever a run has caused must not end the others
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            if len(jobs) == 1:
                return [Failed(f"{type(error).__name__}: {' '.join(str(error).split())}")]
        return [answer for job in jobs for answer in self._answers([job])]
