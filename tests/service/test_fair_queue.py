"""Whose turn it is, and who has vanished, as plain functions of what was added and heard."""

from __future__ import annotations

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
def test_clients_take_turns_and_each_has_its_own_order(jobs: str, order: str) -> None:
    assert emptied(filled(jobs)) == order


def test_who_was_just_served_comes_after_who_was_not() -> None:
    queue = filled("a1")
    assert queue.pop_next() == "a1"
    queue.push("a", "a2")
    queue.push("b", "b1")
    assert emptied(queue) == "b1 a2"


def test_a_stream_of_jobs_holds_nobody_up() -> None:
    queue = filled("a1 a2 b1")
    served = []
    for n in range(20):
        served.append(queue.pop_next())
        queue.push("a", f"a{n + 3}")
    assert served.index("b1") == 1


def test_the_order_foretold_is_the_order_kept() -> None:
    rng = random.Random(3)
    for _ in range(200):
        queue: FairQueue[str] = FairQueue()
        for n in range(rng.randrange(1, 20)):
            client = rng.choice("abcd")
            queue.push(client, f"{client}{n}")
            if rng.random() < 0.2 and len(queue) > 1:
                queue.pop_next()
        assert " ".join(queue.jobs_in_order()) == emptied(queue)


def test_jobs_are_counted_removed_and_dropped() -> None:
    queue = filled("a1 a2 b1 a3")
    assert (len(queue), queue.count_waiting("a"), queue.count_waiting("nobody")) == (4, 3, 0)
    queue.remove_job("a", "a2")
    assert queue.jobs_in_order() == ["a1", "b1", "a3"]
    assert queue.remove_client("a") == ["a1", "a3"]
    assert queue.remove_client("a") == []
    assert emptied(queue) == "b1"
    with pytest.raises(IndexError):
        queue.pop_next()


def test_only_so_many_clients_are_remembered() -> None:
    queue: FairQueue[int] = FairQueue()
    for n in range(1000):
        queue.push(f"client {n}", n)
        queue.pop_next()
    assert len(queue._last_served) == 256


def test_a_silent_client_vanishes_once() -> None:
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
