"""Editing of lists in the scene: collections of properties with the index of the selected item."""

from typing import Any


def insert_item(owner: Any, items: Any, index_name: str) -> Any:
    """Add an item after the selected one and select it.

    Args:
        owner: Property group with the list.
        items: The collection.
        index_name: Name of the property of `owner` with the index of the selected item.

    Returns:
        The new item.
    """
    items.add()
    index = min(getattr(owner, index_name) + 1, len(items) - 1)
    items.move(len(items) - 1, index)
    setattr(owner, index_name, index)
    return items[index]


def has_selected_item(owner: Any, items: Any, index_name: str) -> bool:
    return 0 <= getattr(owner, index_name) < len(items)


def remove_selected_item(owner: Any, items: Any, index_name: str) -> None:
    """Remove the selected item and select its neighbour."""
    items.remove(getattr(owner, index_name))
    setattr(owner, index_name, max(min(getattr(owner, index_name), len(items) - 1), 0))


def move_selected_item(owner: Any, items: Any, index_name: str, *, up: bool) -> None:
    """Move the selected item by one, unless it is at that end already."""
    index = getattr(owner, index_name)
    target = index + (-1 if up else 1)
    if 0 <= index < len(items) and 0 <= target < len(items):
        items.move(index, target)
        setattr(owner, index_name, target)
