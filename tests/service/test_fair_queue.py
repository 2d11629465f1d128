"""Whose turn it is, and who has vanished, as plain functions of what was added and heard."""

from __future__ import annotations

import random

import pytest

from backend.service.queue.clients import ANONYMOUS, Clients
from backend.service.queue.fair_queue import FairQueue


def filled(jobs: str) -> FairQueue[str]:
    """A queue with jobs such as "a1 a2 b1": the letter is the client."""
    queue: FairQueue[str] = FairQueue()
    for job in jobs.split():
        queue.add(job[0], job)
    return queue


def emptied(queue: FairQueue[str]) -> str:
    return " ".join(queue.next() for _ in range(len(queue)))


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
    assert queue.next() == "a1"
    queue.add("a", "a2")
    queue.add("b", "b1")
    assert emptied(queue) == "b1 a2"


def test_a_stream_of_jobs_holds_nobody_up() -> None:
    queue = filled("a1 a2 b1")
    served = []
    for n in range(20):
        served.append(queue.next())
        queue.add("a", f"a{n + 3}")
    assert served.index("b1") == 1


def test_the_order_foretold_is_the_order_kept() -> None:
    rng = random.Random(3)
    for _ in range(200):
        queue: FairQueue[str] = FairQueue()
        for n in range(rng.randrange(1, 20)):
            client = rng.choice("abcd")
            queue.add(client, f"{client}{n}")
            if rng.random() < 0.2 and len(queue) > 1:
                queue.next()
        assert " ".join(queue.in_order()) == emptied(queue)


def test_jobs_are_counted_removed_and_dropped() -> None:
    queue = filled("a1 a2 b1 a3")
    assert (len(queue), queue.count("a"), queue.count("nobody")) == (4, 3, 0)
    queue.remove("a", "a2")
    assert queue.in_order() == ["a1", "b1", "a3"]
    assert queue.drop("a") == ["a1", "a3"]
    assert queue.drop("a") == []
    assert emptied(queue) == "b1"
    with pytest.raises(IndexError):
        queue.next()


def test_only_so_many_clients_are_remembered() -> None:
    queue: FairQueue[int] = FairQueue()
    for n in range(1000):
        queue.add(f"client {n}", n)
        queue.next()
    assert len(queue._served) == 256


def test_a_silent_client_vanishes_once() -> None:
    now = 100.0
    clients = Clients(10.0, clock=lambda: now)
    clients.joined("a")
    clients.joined("b")
    clients.joined(ANONYMOUS)
    clients.heard("stranger")
    now = 109.0
    clients.heard("b")
    assert clients.vanished() == []
    now = 110.5
    assert clients.vanished() == ["a"]
    assert clients.vanished() == []
    now = 1000.0
    assert clients.vanished() == ["b"]
    clients.heard("a")
    assert clients.vanished() == []
