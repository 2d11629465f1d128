"""Training in several processes: each batch is split, gradients are averaged, weights are equal.

A run in P processes is the run that one process would make. Every process samples the same whole
batch, because its generator is seeded by the step alone; it works on its shard, and
`average_gradients` joins the gradients. So a run may continue with another number of processes. In
a single process these functions do nothing. Several GPUs are used with ``accelerate launch -m
backend train ...``, several CPUs with ``torchrun --nproc_per_node N -m -- backend train ...``.

    index = torch.multinomial(weights, batch, generator=generator)      # the same everywhere
    shard, weight = shard_batch(accelerator, len(index))
    loss = ...of index[shard], a mean over them...
    (loss * weight).backward()
    average_gradients(accelerator, parameters)

Noise belongs to the whole batch, too: sample (batch, ...) numbers and index them with `shard`.
"""

from collections.abc import Iterable

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor, nn


def shard_batch(accelerator: Accelerator, count: int) -> tuple[Tensor, float]:
    """Return the indices of a batch's `count` items for this process, and its loss's weight.

    With the weight, the average of all processes' mean losses is the mean over the whole batch,
    also where shards differ in size. A process with an empty shard works on the first item with
    weight 0, because all processes must exchange gradients.
    """
    shard = torch.arange(accelerator.process_index, count, accelerator.num_processes)
    if not len(shard):
        return torch.zeros(1, dtype=torch.long), 0.0
    return shard, len(shard) * accelerator.num_processes / count


@torch.no_grad()
def average_gradients(accelerator: Accelerator, parameters: Iterable[nn.Parameter]) -> None:
    """Replace each gradient by its average over all processes; skip parameters without one."""
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
    """Average row-sparse gradients; only rows with a gradient are exchanged."""
    gradient = gradient.coalesce()
    rows, values = gradient.indices()[0], gradient.values()
    longest = accelerator.reduce(torch.tensor(len(rows), device=rows.device), "max")
    # Lengths must agree: shorter gradients repeat a row with zeros.
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
