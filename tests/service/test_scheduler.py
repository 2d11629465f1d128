"""Order of clients and inactive clients, without a process."""

import random

import pytest

from backend.service.queue.job import BackendJob
from backend.service.queue.scheduler import ANONYMOUS, ClientRegistry, JobQueue


def job(name: str) -> BackendJob:
    """A job such as "a1" of client "a"; one of client "p" is preemptible."""
    return BackendJob("generate", None, name[0], id=name, preemptible=name.startswith("p"))


def filled(jobs: str) -> JobQueue:
    queue = JobQueue()
    for name in jobs.split():
        queue.enqueue(job(name))
    return queue


def names(jobs: list[BackendJob]) -> str:
    return " ".join(one.id for one in jobs)


def emptied(queue: JobQueue) -> str:
    return names([queue.dequeue() for _ in range(len(queue))])


@pytest.mark.parametrize(
    ("jobs", "order"),
    [
        ("a1 a2 a3", "a1 a2 a3"),
        ("a1 a2 a3 b1", "a1 b1 a2 a3"),
        ("a1 a2 b1 b2 c1", "a1 b1 c1 a2 b2"),
        ("b1 a1 a2 b2 b3", "b1 a1 b2 a2 b3"),
        ("p1 a1 p2 b1 a2", "a1 b1 a2 p1 p2"),
    ],
)
def test_job_queue_alternates_clients_and_preserves_order(jobs: str, order: str) -> None:
    assert emptied(filled(jobs)) == order


def test_job_queue_serves_waiting_client_before_recent_one() -> None:
    queue = filled("a1")
    assert queue.dequeue().id == "a1"
    queue.enqueue(job("a2"))
    queue.enqueue(job("b1"))
    assert emptied(queue) == "b1 a2"


def test_job_queue_with_steady_stream_serves_others() -> None:
    queue = filled("a1 a2 b1")
    served = []
    for n in range(20):
        served.append(queue.dequeue().id)
        queue.enqueue(job(f"a{n + 3}"))
    assert served.index("b1") == 1


def test_job_queue_in_run_order_matches_dequeue() -> None:
    rng = random.Random(3)
    for _ in range(200):
        queue = JobQueue()
        for n in range(rng.randrange(1, 20)):
            queue.enqueue(job(f"{rng.choice('abcd')}{n}"))
            if rng.random() < 0.2 and len(queue) > 1:
                queue.dequeue()
        assert names(queue.in_run_order()) == emptied(queue)


def test_job_queue_removes_jobs_and_clients() -> None:
    queue = filled("a1 a2 b1 a3")
    assert len(queue) == 4
    queue.withdraw_job(queue.in_run_order()[2])
    assert names(queue.in_run_order()) == "a1 b1 a3"
    assert names(queue.withdraw_client("a")) == "a1 a3"
    assert queue.withdraw_client("a") == []
    assert emptied(queue) == "b1"
    with pytest.raises(IndexError):
        queue.dequeue()


def test_job_queue_forgets_oldest_clients() -> None:
    queue = JobQueue()
    for n in range(1000):
        queue.enqueue(BackendJob("generate", None, f"client {n}"))
        queue.dequeue()
    assert len(queue._last_served) == 256


def test_pop_inactive_returns_silent_client_once() -> None:
    now = 100.0
    clients = ClientRegistry(10.0, clock=lambda: now)
    clients.start_tracking("a")
    clients.start_tracking("b")
    clients.start_tracking(ANONYMOUS)
    clients.record_activity("stranger")
    now = 109.0
    clients.record_activity("b")
    assert clients.pop_inactive() == []
    now = 110.5
    assert clients.pop_inactive() == ["a"]
    assert clients.pop_inactive() == []
    now = 1000.0
    assert clients.pop_inactive() == ["b"]
    clients.record_activity("a")
    assert clients.pop_inactive() == []
