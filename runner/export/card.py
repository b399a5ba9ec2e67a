"""The model card: Markdown with the front matter that model hubs read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner.export.form import Form
from runner.recorded import in_yaml
from runner.secret import mask_url

NO_LICENCE = "unknown"
"""What the front matter says where nobody has chosen a licence; hubs know this word."""
FEW = 20
"""So many names are written out."""


def card(facts: Mapping[str, Any], forms: Iterable[Form], licence: str = NO_LICENCE) -> str:
    """Return the card of an exported model.

    Args:
        facts: See ``describe``.
        forms: Of the files beside it.
        licence: Of the weights, as hubs abbreviate it: apache-2.0, mit, cc-by-4.0 ...
    """
    sections = {
        "Use": use(facts, forms),
        "Inputs and outputs": inputs_and_outputs(facts),
        "Data": data(facts),
        "Metrics": metrics(facts),
        "Check": check(facts),
        "Configuration": [*fenced("yaml", in_yaml(facts["config"]).strip())],
        "Environment": [f"- {key}: {listed(value)}" for key, value in facts["environment"].items()],
        "Licence": [licensed(licence)],
    }
    title = f"{short(facts)} on {facts['data'].get('name', 'unknown data')}"
    lines = ["---", in_yaml(front_matter(facts, licence)).strip(), "---", "", f"# {title}", ""]
    lines += [f"Weights `{facts['weights']}` of the run `{facts['run']}`, exported by `runner export`."]
    for name, text in sections.items():
        lines += ["", f"## {name}", "", *text]
    return mask_url("\n".join(lines)) + "\n"


def short(facts: Mapping[str, Any]) -> str:
    """Return the name of the model's class."""
    return str(facts["model"].get("_target_", "model")).rpartition(".")[2]


def front_matter(facts: Mapping[str, Any], licence: str) -> dict[str, Any]:
    """Return what model hubs index."""
    kind, name = pipeline(facts), facts["data"].get("name", "unknown")
    found: dict[str, Any] = {"license": licence, "library_name": "pytorch", "tags": ["pytorch", "runner", short(facts)]}
    if kind:
        found["pipeline_tag"] = kind
    tested = [(key.partition("/")[2], v) for key, v in facts["metrics"].items() if key.startswith("test/")]
    if tested:
        found["metrics"] = [metric for metric, _ in tested]
        rows = [{"type": metric, "name": f"test/{metric}", "value": value} for metric, value in tested]
        task = {"type": kind or "other"}
        result = {"task": task, "dataset": {"name": name, "type": name, "split": "test"}, "metrics": rows}
        found["model-index"] = [{"name": facts["run"], "results": [result]}]
    return found


def pipeline(facts: Mapping[str, Any]) -> str:
    """Return the hubs' name of what the model does; empty where they have none."""
    inputs, outputs = facts["inputs"], facts["outputs"]
    if facts["data"].get("unit") == "tokens":
        return "text-generation"
    kind = "classification" if outputs["classes"] else "regression"
    if kind == "classification" and "tokens" in inputs:
        return "text-classification"
    if kind == "classification" and len(inputs["shape"]) == 3:
        return "image-classification"
    return f"tabular-{kind}" if len(inputs["shape"]) == 1 and inputs["type"] == "float32" else ""


def use(facts: Mapping[str, Any], forms: Iterable[Form]) -> Iterator[str]:
    """Yield how to call the model from each file."""
    if made := making(facts["inputs"]):
        yield from ["`inputs`, of a file:", "", *fenced("python", made), ""]
    for index, form in enumerate(forms):
        yield from ["", f"`{form.file}`:", ""] if index else [f"`{form.file}`:", ""]
        yield from fenced("python", form.usage)
        if form.name == "state_dict":
            yield from [
                "",
                "The class, and what it was made with:",
                "",
                *fenced("yaml", in_yaml(facts["model"]).strip()),
            ]


def making(inputs: Mapping[str, Any]) -> str:
    """Return lines of Python that make ``inputs`` of a file; empty where that cannot be said."""
    if not inputs.get("code") or inputs.get("unknown"):
        return ""
    lines = [inputs["code"]]
    if inputs["mean"] is None:
        lines += ["inputs = stored[None]"]
    else:
        for key in ("mean", "std"):
            lines += [f"{key} = torch.tensor([{', '.join(f'{x:.9g}' for x in inputs[key])}]).view(-1, 1, 1)"]
        lines += ["inputs = ((stored - mean) / std)[None]"]
    if inputs["view"]:
        lines += [f"# then seen as {inputs['view']} shows them: {inputs['shape']}"]
    return "\n".join(lines)


def inputs_and_outputs(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield what goes in and what comes out."""
    inputs, outputs = facts["inputs"], facts["outputs"]
    yield f"- inputs: {inputs['type']} `[n, {', '.join(map(str, inputs['shape']))}]`, any n"
    if inputs.get("preparation"):
        yield f"- what the dataset stores: {inputs['preparation']}"
    if "tokens" in inputs:
        yield f"- each number is a token: {some(inputs['tokens'])}"
    elif "sizes" in inputs:
        yield f"- whole numbers below {listed(inputs['sizes'])}, column by column"
    elif inputs.get("unknown"):
        yield "- their scale is not known: the data could not be read when this was written"
    elif inputs["mean"] is None:
        yield (
            "- as the dataset stores them"
            if inputs.get("preparation")
            else "- as the dataset of the configuration below prepares them"
        )
    else:
        mean, std = (some([f"{number:.6g}" for number in inputs[key]]) for key in ("mean", "std"))
        yield f"- what the dataset stores, minus the mean {mean}, divided by the standard deviation {std} (by channel)"
    if inputs.get("view"):
        yield f"- then seen as `{inputs['view']}` shows them"
    yield f"- outputs: {outputs['meaning']}"
    if outputs["classes"] and outputs["classes"] != inputs.get("tokens"):
        yield f"- classes, in order: {some(outputs['classes'])}"
    yield "- `model.json` has all of these values"


def data(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield which data the model has seen."""
    known = facts["data"]
    yield f"- {known.get('name', 'unknown')}, from: {known.get('source', 'unknown')}"
    parts = [f"{known[part]:,} {part}" for part in ("train", "valid", "test") if part in known]
    if parts:
        yield f"- {known.get('unit', 'samples')}: {', '.join(parts)}; the weights were learned from train alone"
    if "fingerprint" in known:
        yield f"- sha256 of the data and their split: `{known['fingerprint']}`"


def metrics(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table."""
    if not facts["metrics"]:
        yield "None were measured with these weights."
        return
    yield from ["| metric | value |", "| --- | --- |"]
    yield from (f"| {name} | {value:.6g} |" for name, value in facts["metrics"].items())
    if facts["objective"]:
        yield from [
            "",
            f"The checkpoint was chosen by `{facts['objective']}`; the test part was used once, at the end.",
        ]
    if facts["views"]:
        yield from ["", "They are those of the mean over several views of each sample, which the files do not take."]


def check(facts: Mapping[str, Any]) -> Iterator[str]:
    """Yield how far the files are from the checkpoint."""
    yield from ["| form | largest difference from the checkpoint | batches | lengths |", "| --- | --- | --- | --- |"]
    for name, found in facts["check"].items():
        lengths = listed(found["lengths"]) if found["lengths"] else "-"
        only = "" if found["free"] or not found["lengths"] else " only"
        yield f"| {name} | {found['largest']:.2g} | {listed(found['batches'])} | {lengths}{only} |"


def licensed(licence: str) -> str:
    """Return a sentence about the licence."""
    if licence == NO_LICENCE:
        return "Nobody has chosen one: ask whoever shares this model. The data may have terms of their own."
    return f"The weights: {licence}. The data may have terms of their own."


def fenced(language: str, text: str) -> list[str]:
    """Return a block of code."""
    return [f"```{language}", *text.splitlines(), "```"]


def listed(value: object) -> str:
    """Return a value in a line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def some(names: Iterable[object]) -> str:
    """Return the first of many names."""
    every = [f"`{repr(str(name))[1:-1]}`" for name in names]  # a line break as \\n
    return ", ".join(every[:FEW]) + (f" and {len(every) - FEW} more" if len(every) > FEW else "")
