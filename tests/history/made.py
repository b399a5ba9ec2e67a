"""Run folders made by hand, as trainings leave them; and a place with several of them."""

import json

PATCH = """diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1 +1 @@
-x = 1
+password = "hunter2"
"""


def run(folder, *typed, value=0.9, status="finished", epochs=3, metrics=None, environment=None, summary=None, **config):
    """Write what a run leaves behind, without weights."""
    folder.mkdir(parents=True)
    nodes = {
        "epochs": epochs,
        "batch_size": 64,
        "seed": 0,
        "dataset": {"_target_": "runner.dataset.digits.digits", "valid": 0.15},
        "model": {"_target_": "runner.model.mlp.MLP", "widths": [256, 128], "dropout": 0.0},
        "task": {"_target_": "runner.task.classification.Classification"},
        "optimizer": {"_target_": "runner.optimizer.adamw.adamw", "lr": 0.003},
        **config,
    }
    (folder / "config.yaml").write_text(json.dumps(nodes))
    (folder / "overrides.yaml").write_text(json.dumps(list(typed)))
    known = {
        "git": {"commit": "c0ffee" * 6, "dirty": True, "patch": PATCH},
        "packages": {"torch": "2.15.0"},
        "python": "3.12.0",
        "device": "cpu",
        "parameters": 50826,
        "data": {"name": "digits", "fingerprint": "ab" * 32, "test": 359, "unit": "samples"},
        **(environment or {}),
    }
    (folder / "environment.json").write_text(json.dumps(known))
    rows = [
        {"time": 1.8e9 + e, "epoch": e, "step": 20 * e, "train/loss": 1 / e, "valid/accuracy": value * e / epochs}
        for e in range(1, epochs + 1)
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "log.txt").write_text("")
    if status:
        best = {"train/loss": 1 / epochs, "valid/accuracy": value, "valid/loss": 0.25}
        final = {**best, "valid/loss": 0.5, "test/accuracy": value - 0.01, **(metrics or {})}
        said = {
            "id": folder.name,
            "status": status,
            "objective": "valid/accuracy",
            "value": value,
            "metrics": {"final": final, "best": best},
            "best_epoch": epochs,
            "epochs": epochs,
            "steps": 20 * epochs,
            "seconds": {"forward": 1.0, "data": 0.5, "total": 1.5},
            "samples_per_second": 1000.0,
            "reason": "",
        }
        (folder / "summary.json").write_text(json.dumps(said | (summary or {})))
    return folder


CNN = {"_target_": "runner.model.cnn.CNN", "widths": [32, 64], "depth": 2}
FIRST, SECOND, THIRD = "20261126-114354-aaaaaa", "20261126-120102-bbbbbb", "20261127-000000-cccccc"


def place(root):
    """Make a working directory with three runs, and a trial of a sweep."""
    out = root / "outputs"
    run(out / FIRST, "model=mlp", value=0.95)
    run(out / SECOND, "model=cnn", "optimizer.lr=0.01", value=0.85, model=CNN, optimizer={"lr": 0.01})
    run(out / THIRD, value=0.5, status="failed", summary={"reason": "out of patience", "value": None})
    trial = run(out / "mine" / "trials" / "0", "seed=1", value=0.97, seed=1)
    (out / "mine" / "sweep.yaml").write_text(json.dumps({"name": "mine", "identity": {}}))
    (out / "mine" / "best.yaml").write_text(f"# trial 0, {trial.parents[1].name}/trials/0\n")
    (out / "latest").symlink_to(THIRD)
    return root
