"""Does noise of the target reach the output of a model? Runs it, saves what it made, and lets the program judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from . import exchange, program, shapley, torch_door
from .arrays import Image, InputError, Pair, Pairs, collect
from .exchange import Redraw
from .model import Model, Predict, opened
from .outputs import save_outputs
from .report import Report
from .result import Result


def leak_test(
    predict: Predict,
    pairs: Iterable[Any],
    *,
    data_range: float,
    axes: str | None = None,
    reads_target: bool = True,
    direction: str = "b->a",
    redraw: Redraw | None = None,
    name: str | None = None,
    sigma_a: float | None = None,
    sigma_b: float | None = None,
    noises_are_independent: bool = True,
    batch_size: int | None = 16,
    seed: int = 0,
    skips: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
) -> Result:
    """Test a model for leakage of the target's noise.

    Parameters
    ----------
    predict : callable
        ``predict(source, target)``, or ``predict(source)`` with ``reads_target=False``: a `torch.nn.Module` or any
        function of arrays. It gets images in the layout `axes` with N in front, tensors if it is a module or the pairs
        are tensors, NumPy arrays otherwise, and returns images of the shape of the target. A module is run in evaluation
        mode, without gradients, on the device of its parameters, and left in the mode it was in.
    pairs : iterable
        Dictionaries with ``source`` (x_b), ``target`` (x_a) and of ``clean``, ``repeat`` (of the target),
        ``clean_source``, ``repeat_source``, ``id``, ``subject``, ``split`` (``"training"`` for pairs with the noise that
        was trained on) what there is; or tuples ``(source, target, clean, repeat)``. Any library's arrays.
    data_range : float
        White minus black.
    axes : {"HW", "CHW", "HWC", "NHW", "NCHW", "NHWC"}, optional
        Layout of every array of the pairs; with N each is a batch. May be left out for ``[H, W]`` alone.
    reads_target : bool
        Whether the target is an input of `predict`.
    direction : {"b->a", "both"}
        ``both`` also exchanges the roles of source and target; `predict` must then be able to denoise either.
    redraw : callable, optional
        ``redraw(rng, pair)`` draws another capture of ``pair.target`` (layout of the pairs, NumPy), for example
        ``pair.clean + rng.normal(0, 0.1, pair.clean.shape)``. It, or else ``repeat``, is what the target is exchanged
        for: the model is run again with it, and the scope becomes all leaks that change with the target's noise.
        Without either nothing is exchanged.
    name : str, optional
        As the report names the model.
    sigma_a, sigma_b : float, optional
        σ of the noise, if known independently of these images.
    noises_are_independent : bool
        Of source and target, as declared.
    batch_size : int or None
        Images that one call gets at most; ``None`` for one image without N, as functions of scikit-image take it.
    seed : int
        Of redraws, probes and bootstraps.
    skips : mapping, optional
        ``{"up1": module}`` or ``{"up1": (module, 1)}``: modules of `predict` whose only input, or second one, is a skip, for
        `Result.skips`. Needs a `torch.nn.Module` that reads its target, and an exchange.
    out : path, optional
        Directory of the report; the saved arrays are in ``outputs`` below it.

    Raises
    ------
    InputError
        For arrays or arguments that cannot be used, and for a model that gives another output for the same image.
    ProgramError
        If the program is not there or refuses its input.
    """
    program.find()  # before anything is computed
    collected = collect(pairs, axes)
    with opened(predict, collected, reads_target, batch_size) as model:
        records = _records(model, collected, direction, redraw, seed)
        path = _target_path(predict, model, collected.items, seed)
        found = None if skips is None else _skips(predict, model, collected.items, skips, redraw, seed)
    report = Report(out)
    manifest = save_outputs(
        report.path / "outputs",
        records,
        data_range=data_range,
        name=name or _name(predict),
        sigma_a=sigma_a,
        sigma_b=sigma_b,
        axes=collected.axes,
        reads_target=reads_target,
        noises_are_independent=noises_are_independent,
    )
    result = report.written("leak-test", "--outputs", manifest, seed=seed)
    result.target_path, result.skips = path, found
    return result


def leak_test_saved(outputs: str | Path, *, seed: int = 0, out: str | Path | None = None) -> Result:
    """Test saved outputs: a manifest, or its directory (`save_outputs`)."""
    return Report(out).written("leak-test", "--outputs", outputs, seed=seed)


def compare(
    models: Mapping[str, Predict],
    pairs: Iterable[Any],
    *,
    data_range: float,
    axes: str | None = None,
    reads_target: bool | Mapping[str, bool] = True,
    direction: str = "b->a",
    redraw: Redraw | None = None,
    reference: str | None = None,
    batch_size: int | None = 16,
    seed: int = 0,
    out: str | Path | None = None,
) -> Result:
    """Test several models, by name, on the same pairs in one report, and rank them against `reference` (the first).

    Every model gets the same exchanged targets. `reads_target` may differ between them; else as `leak_test`.
    """
    program.find()  # before anything is computed
    collected = collect(pairs, axes)
    report = Report(out)
    arguments: list[str | Path] = ["compare"]
    for place, (name, predict) in enumerate(models.items()):
        reads = reads_target if isinstance(reads_target, bool) else reads_target[name]
        with opened(predict, collected, reads, batch_size) as model:
            records = _records(model, collected, direction, redraw, seed)
        arguments += ["--name", name, "--outputs"]
        arguments.append(
            save_outputs(
                report.path / "outputs" / str(place),
                records,
                data_range=data_range,
                name=name,
                axes=collected.axes,
                reads_target=reads,
            )
        )
    if reference is not None:
        arguments += ["--reference", reference]
    return report.written(*arguments, seed=seed)


def _records(model: Model, pairs: Pairs, direction: str, redraw: Redraw | None, seed: int) -> list[dict[str, str | Image | None]]:
    """Return one entry of the manifest for each pair, in the layout of the pairs."""
    if direction not in ("b->a", "both"):
        raise InputError(f"direction is {direction!r}; expected 'b->a' or 'both'.")
    records: list[dict[str, str | Image | None]] = [
        {"id": pair.id, "subject": pair.subject, "split": pair.split} for pair in pairs.items
    ]
    for letter, items in [("a", pairs.items), ("b", [pair.reversed() for pair in pairs.items])]:
        for record, pair in zip(records, items, strict=True):
            record |= {f"noisy_{letter}": pair.target, f"clean_{letter}": pair.clean, f"repeat_{letter}": pair.repeat}
        if letter == "b" and direction == "b->a":
            continue
        sources, targets = [pair.source for pair in items], [pair.target for pair in items]
        outputs = model(sources, targets)
        model.require_repeatable(sources[0], targets[0], outputs[0])
        others = exchange.exchanged(items, redraw, seed + (letter == "b"))
        swapped: list[Image | None] = [None if other is None else f for f, other in zip(outputs, others, strict=True)]
        places = [place for place, other in enumerate(others) if other is not None]
        if model.reads_target and places:  # what a model is not given changes nothing, so it is not run again
            made = model([sources[k] for k in places], [other for other in others if other is not None])
            for place, output in zip(places, made, strict=True):
                swapped[place] = output
        for record, output, other, moved in zip(records, outputs, others, swapped, strict=True):
            record |= {f"prediction_{letter}": output, f"swapped_noisy_{letter}": other}
            record |= {f"swapped_prediction_{letter}": moved}
    return records


def _target_path(predict: Predict, model: Model, pairs: list[Pair], seed: int) -> bool | None:
    if not (model.reads_target and torch_door.is_module(predict)):
        return None
    lead = (None,) if model.batch_size else ()
    return torch_door.target_path(predict, [(p.source[lead], p.target[lead]) for p in pairs[:2]], seed)


def _skips(
    predict: Predict, model: Model, pairs: list[Pair], skips: Mapping[str, Any], redraw: Redraw | None, seed: int
) -> dict[str, float]:
    held_out = [pair.split != "training" for pair in pairs]
    others = exchange.exchanged(pairs, redraw, seed)
    known = [(p, other) for p, other, is_out in zip(pairs, others, held_out, strict=True) if other is not None and is_out]
    if not (torch_door.is_module(predict) and model.reads_target and known):
        raise InputError("skips needs a torch.nn.Module that reads its target, and a repeat or redraw to exchange it for.")
    return shapley.shares(model, skips, [p.source for p, _ in known], [p.target for p, _ in known], [x for _, x in known])


def _name(predict: Callable[..., Any]) -> str:
    name = getattr(predict, "__name__", type(predict).__name__)
    return "model" if name == "<lambda>" else name
