"""show where in an image the model of a run looked: a class activation map (Grad-CAM)"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runner.folder import OUTPUTS, find
from runner.stream import document
from runner.trust.given import add_trust
from runner.verb._arguments import add_output, add_run

if TYPE_CHECKING:
    from torch import Tensor

    from runner.dataset.data import Data, Splits

EXAMPLE = "runner explain-image latest test:17"


@dataclass(frozen=True)
class Explained:
    """What the model said of an image, and why."""

    layer: str
    about: str
    answers: list[tuple[str, float]]
    picture: Path
    blank: bool


def main(argv: list[str]) -> int:
    """Print the model's answers, and draw the image, the map over it, and the answers."""
    parser = argparse.ArgumentParser(prog="runner explain-image", description=__doc__, epilog=f"example: {EXAMPLE}")
    add_run(parser)
    parser.add_argument("image", help="a file, or test:NUMBER for a sample of the test set")
    parser.add_argument("--target", metavar="CLASS", help="explain this class, by name or number; else the likeliest")
    parser.add_argument("--layer", metavar="NAME", help="whose feature maps; else those of the last convolution")
    parser.add_argument("--weights", default="best", metavar="NAME", help="best, last, snapshot-1 ...")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the PNG; outputs/show/RUN-IMAGE.png unless told")
    add_output(parser, quiet="print the picture's path only")
    add_trust(parser)
    arguments = parser.parse_args(argv)
    try:
        folder = find(arguments.run)
        if not (arguments.image.startswith("test:") or Path(arguments.image).is_file()):
            raise ValueError(f"no image {arguments.image}; a sample of the test set is test:NUMBER")
        done = explain(folder, arguments)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        answers = [{"class": name, "probability": share} for name, share in done.answers]
        known = {"run": folder.name, "image": arguments.image, "layer": done.layer, "about": done.about}
        document({**known, "answers": answers, "picture": str(done.picture)})
        return 0
    if arguments.quiet:
        print(done.picture)
        return 0
    for name, share in done.answers:
        print(f"{share:.4f}  {name}")
    print(f"explained: {done.about}, by the feature maps of {done.layer}")
    if done.blank:
        print("note: nothing in these maps speaks for it: the map is empty")
    print(f"picture: {done.picture}")
    return 0


def explain(folder: Path, arguments: argparse.Namespace) -> Explained:
    """Read run and image, compute the map and draw it.

    Raises:
        ValueError: Run, image, class or layer are not there, or the model has no feature maps.
    """
    import torch

    from runner.dataset.batch import finishing
    from runner.figure.cam import grad_cam, last_maps, score_of
    from runner.figure.canvas import file_name
    from runner.figure.explain import draw_explanation, overlay
    from runner.figure.sheet import pixels
    from runner.inference.saved import Saved

    run = Saved(folder)
    data = run.data
    if data.tokens or data.sizes or (len(data.shape) != 3 and data.view is None):
        raise ValueError(f"dataset {data.name} has no images: inputs of shape {data.shape}")
    target = class_of(arguments.target, data.classes)
    model, splits, task = run.model([arguments.weights]), run.splits, run.task
    stored, truth, top = image_of(arguments.image, data, splits)
    finish = finishing(splits.mean, splits.std, data.view, torch.device("cpu"))
    inputs = finish(stored[None].clone())  # floats are normalised in place
    layer = arguments.layer or last_maps(model, inputs)
    if layer not in dict(model.named_modules()):
        raise ValueError(f"no layer {layer!r}: did you mean {last_maps(model, inputs)}? (see: runner summary)")
    with torch.no_grad():
        values = task.predict(model(inputs))
    if target is None and data.classes:
        target = int(task.label(values)[0])
    predicted = values[0]
    heat, _ = grad_cam(model, inputs, layer, score_of(target))
    order = predicted.argsort(descending=True)[:3].tolist() if data.classes else []
    answers = [(data.classes[index], float(predicted[index])) for index in order]
    about = data.classes[target] if target is not None else f"{float(predicted.flatten()[0]):.4g}"
    path = arguments.out or OUTPUTS / "show" / f"{file_name(folder.name, Path(arguments.image).stem)}.png"
    title = f"{arguments.image if arguments.image.startswith('test:') else Path(arguments.image).name}{truth}"
    image = pixels(stored, top)
    draw_explanation(path, image, overlay(heat, image.shape[:2]), answers=answers, title=title, about=f"for {about}")
    maps = f"{layer} ({type(model.get_submodule(layer)).__name__}, {heat.shape[0]}x{heat.shape[1]})"
    return Explained(maps, about, answers, path, not float(heat.max()) > 0)


def class_of(word: str | None, classes: tuple[str, ...]) -> int | None:
    """Return the number of the class that a word means: its name, or the number itself.

    Raises:
        ValueError: There is none of that name.
    """
    from runner.check.suggest import did_you_mean

    if word is None:
        return None
    if word in classes:
        return classes.index(word)
    if word.isdecimal() and int(word) < len(classes):
        return int(word)
    raise ValueError(f"--target {word}: no such class{did_you_mean(word, classes) or f' among {len(classes)}'}")


def image_of(word: str, data: Data, splits: Splits) -> tuple[Tensor, str, float]:
    """Return an image as the dataset stores them, what is known of its class, and the value of white.

    Raises:
        ValueError: There is no such image.
    """
    from runner.figure.sheet import full_scale, label

    train, test = splits.train.inputs, splits.test
    top = max(full_scale(train[index]) for index in range(min(64, len(train))))
    if not word.startswith("test:"):
        return read(word, data), "", top
    number = word.removeprefix("test:")
    if not number.isdecimal() or int(number) >= len(test):
        raise ValueError(f"no test sample {number!r}: they are numbered from 0 to {len(test) - 1}")
    return test.inputs[int(number)], f" · is {label(test.targets[int(number)], data.classes)}", top


def read(word: str, data: Data) -> Tensor:
    """Return an image file as the dataset would store it.

    Raises:
        ValueError: It is no image, or the dataset knows of no files.
    """
    if data.encode is None:
        raise ValueError(f"dataset {data.name} says of no files how to read them: give test:NUMBER")
    _, found = data.encode([word])
    image = found[0]
    if broken := getattr(found, "broken", None):
        raise ValueError(f"not an image that can be read: {broken[0]}")
    return image
