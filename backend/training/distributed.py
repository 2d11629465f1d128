"""Training in several processes: one batch shared out, one gradient, the same weights everywhere.

A run in P processes is the run that one process would make. Every process draws the same whole
batch (its generator is seeded by the step alone), works on its `share`, and `average_gradients`
joins what they found; dense gradients and the sparse ones of codes alike. So a run may go on with
another number of processes. Within one process all of this does nothing. GPUs are put to work with
``accelerate launch -m backend train ...``, CPUs with
``torchrun --nproc_per_node N -m -- backend train ...``.

    index = torch.multinomial(weights, batch, generator=generator)      # the same everywhere
    mine, weight = share(accelerator, len(index))
    loss = ...of index[mine], a mean over them...
    (loss * weight).backward()
    average_gradients(accelerator, parameters)
    # then clip and step as ever

Noise belongs to the whole batch too: draw (batch, ...) numbers from the generator and index them
with `mine`. `same_weights` once, after the networks are made or loaded. `loop.Run(accelerator=...)`
lets the main process alone write, and all stop at the same step.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor, nn


def shard_batch(accelerator: Accelerator, count: int) -> tuple[Tensor, float]:
    """Which of a batch's `count` items this process works on, and its loss's weight.

    The weight makes the average of all processes' mean losses the mean over the whole batch, also
    where the shares differ in size. A process that would get nothing works on the first item with
    weight 0, because all must take part in the exchange.
    """
    mine = torch.arange(accelerator.process_index, count, accelerator.num_processes)
    if not len(mine):
        return torch.zeros(1, dtype=torch.long), 0.0
    return mine, len(mine) * accelerator.num_processes / count


@torch.no_grad()
def average_gradients(accelerator: Accelerator, parameters: Iterable[nn.Parameter]) -> None:
    """Replace each gradient by its average over all processes; parameters without one are left."""
    if accelerator.num_processes == 1:
        return
    dense: list[Tensor] = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            parameter.grad = _average_sparse(accelerator, parameter.grad)
        else:
            dense.append(parameter.grad)
    if not dense:
        return
    joined = torch.cat([gradient.flatten() for gradient in dense])
    joined = accelerator.reduce(joined, "mean")
    parts = joined.split([gradient.numel() for gradient in dense])  # pyright: ignore
    for gradient, part in zip(dense, parts, strict=True):
        gradient.copy_(part.view_as(gradient))


def _average_sparse(accelerator: Accelerator, gradient: Tensor) -> Tensor:
    """Average row-sparse gradients; only the touched rows travel."""
    gradient = gradient.coalesce()
    rows, values = gradient.indices()[0], gradient.values()
    longest = accelerator.reduce(torch.tensor(len(rows), device=rows.device), "max")
    # Lengths must agree: shorter ones repeat a row with nothing to add.
    missing = int(longest) - len(rows)  # pyright: ignore[reportArgumentType]
    rows = torch.cat([rows, rows[:1].expand(missing)])
    values = torch.cat([values, values.new_zeros(missing, *values.shape[1:])])
    rows, values = accelerator.gather((rows, values))
    values = values / accelerator.num_processes
    joined = torch.sparse_coo_tensor(
        rows.unsqueeze(0), values, gradient.shape, check_invariants=False
    )
    return joined.coalesce()


@torch.no_grad()
def broadcast_weights(accelerator: Accelerator, modules: Iterable[nn.Module]) -> None:
    """Give every process the main process's parameters and buffers."""
    if accelerator.num_processes == 1:
        return
    for module in modules:
        for tensor in (*module.parameters(), *module.buffers()):
            tensor.copy_(broadcast(tensor.detach().contiguous()))  # pyright: ignore
