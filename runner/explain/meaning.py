"""What a key means: its type and description by a signature, and which key is like one that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omegaconf import OmegaConf

from runner.check.facts import GROUPS, ROOT
from runner.check.module import Unknown
from runner.check.parameter import Parameter, Signature
from runner.check.signature import signature_at
from runner.check.suggest import did_you_mean
from runner.check.tree import keys_of
from runner.check.value import words
from runner.explain.trace import Trace
from runner.vocabulary.key import about_root
from runner.vocabulary.part import choices


def meaning(trace: Trace, name: str) -> dict[str, Any]:
    """Return the type and the description of a key, if a signature or the table of root keys has them."""
    if name in ROOT:
        return {"type": words(ROOT[name]), "about": about_root().get(name, "")}
    parameter = parameter_of(trace, name)[1]
    if parameter is None:
        above = name.rpartition(".")[0]
        around = meaning(trace, above) if above else {}  # an entry of a mapping, as expect and sweep.space are
        return {"about": around["about"]} if around.get("about") else {}
    return {"type": words(parameter.annotation), "about": parameter.doc}


def parameter_of(trace: Trace, name: str) -> tuple[Signature | None, Parameter | None]:
    """Return the signature of the part that a key is in, and what it says of the key."""
    path, _, last = name.rpartition(".")
    node: Any = OmegaConf.select(trace.cfg, path, throw_on_missing=False) if path else None
    target = node.get("_target_") if OmegaConf.is_dict(node) else None
    try:
        signature = signature_at(path, target) if isinstance(target, str) else None
    except Unknown:
        signature = None
    return signature, signature.parameters.get(last) if signature else None


def near(trace: Trace, name: str) -> str:
    """Return what may have been meant by a key that there is not."""
    group, _, inner = name.partition(".")
    off = inner.partition(".")[0]
    if group == "callback" and off in choices("callback") and not any(trace.replay.inside((group, off))):
        return f": callback.{off} is not in this run, to add it write +callback={off}"
    hydras = (".".join(key) for key in trace.replay.leaves if key[0] == group == "hydra")
    return did_you_mean(name, [*hydras] or names(trace))


def names(trace: Trace) -> Iterable[str]:
    """Return every key that there is or could be, without Hydra's own."""
    tree = OmegaConf.to_container(trace.cfg, resolve=False)
    assert isinstance(tree, dict)
    could = keys_of({str(key): value for key, value in tree.items()})
    there = (".".join(key) for key in trace.replay.leaves if key[0] != "hydra")
    return dict.fromkeys([*ROOT, *GROUPS, *there, *could])
