"""Records of runs, as a training would have left them."""

import json

CLASSIFICATION = "runner.task.classification.Classification"


def run(folder, *, status="finished", data="d1", expect=None, task=CLASSIFICATION, seconds=12.5, **metrics):
    """Write a run that measured what it is told, ``__`` standing for a slash."""
    folder.mkdir(parents=True)
    final = {name.replace("__", "/"): value for name, value in metrics.items()}
    (folder / "config.yaml").write_text(json.dumps({"task": {"_target_": task}, "expect": expect or {}, "epochs": 3}))
    summary = {
        "status": status,
        "objective": "valid/accuracy",
        "value": final.get("valid/accuracy"),
        "metrics": {"final": final, "best": {n: v for n, v in final.items() if not n.startswith("test/")}},
        "best_epoch": 2,
        "epochs": 3,
        "steps": 60,
        "seconds": {"forward": seconds / 2, "total": seconds},
        "samples_per_second": 1000.0,
    }
    (folder / "summary.json").write_text(json.dumps(summary))
    environment = {"parameters": 650, "data": {"fingerprint": data}, "git": {"commit": "c" * 40}}
    (folder / "environment.json").write_text(json.dumps(environment))
    return folder
