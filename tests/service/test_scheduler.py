"""Order of clients and inactive clients, without a process."""

import random

import pytest

from backend.service.queue.scheduler import ANONYMOUS, ClientRegistry, FairQueue


def filled(jobs: str) -> FairQueue[str]:
    """A queue with jobs such as "a1 a2 b1": the letter is the client."""
    queue: FairQueue[str] = FairQueue()
    for job in jobs.split():
        queue.push(job[0], job)
    return queue


def emptied(queue: FairQueue[str]) -> str:
    return " ".join(queue.pop_next() for _ in range(len(queue)))


@pytest.mark.parametrize(
    ("jobs", "order"),
    [
        ("a1 a2 a3", "a1 a2 a3"),
        ("a1 a2 a3 b1", "a1 b1 a2 a3"),
        ("a1 a2 b1 b2 c1", "a1 b1 c1 a2 b2"),
        ("b1 a1 a2 b2 b3", "b1 a1 b2 a2 b3"),
    ],
)
def test_fair_queue_alternates_clients_and_preserves_order(jobs: str, order: str) -> None:
    assert emptied(filled(jobs)) == order


def test_fair_queue_serves_waiting_client_before_recent_one() -> None:
    queue = filled("a1")
    assert queue.pop_next() == "a1"
    queue.push("a", "a2")
    queue.push("b", "b1")
    assert emptied(queue) == "b1 a2"


def test_fair_queue_with_steady_stream_serves_others() -> None:
    queue = filled("a1 a2 b1")
    served = []
    for n in range(20):
        served.append(queue.pop_next())
        queue.push("a", f"a{n + 3}")
    assert served.index("b1") == 1


def test_fair_queue_jobs_in_order_matches_pop_next() -> None:
    rng = random.Random(3)
    for _ in range(200):
        queue: FairQueue[str] = FairQueue()
        for n in range(rng.randrange(1, 20)):
            client = rng.choice("abcd")
            queue.push(client, f"{client}{n}")
            if rng.random() < 0.2 and len(queue) > 1:
                queue.pop_next()
        assert " ".join(queue.jobs_in_order()) == emptied(queue)


def test_fair_queue_counts_and_removes_jobs_and_clients() -> None:
    queue = filled("a1 a2 b1 a3")
    assert (len(queue), queue.count_waiting("a"), queue.count_waiting("nobody")) == (4, 3, 0)
    queue.remove_job("a", "a2")
    assert queue.jobs_in_order() == ["a1", "b1", "a3"]
    assert queue.remove_client("a") == ["a1", "a3"]
    assert queue.remove_client("a") == []
    assert emptied(queue) == "b1"
    with pytest.raises(IndexError):
        queue.pop_next()


def test_fair_queue_forgets_oldest_clients() -> None:
    queue: FairQueue[int] = FairQueue()
    for n in range(1000):
        queue.push(f"client {n}", n)
        queue.pop_next()
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
