"""Measure recipes: train each with several seeds through the command line, and print what belongs into its header.

``python -m benchmarks.recipes recipes/digits_cnn.yaml --seeds 5``; words with ``=`` are passed on to every run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

RECIPES = Path(__file__).parent.parent


def main() -> None:
    """Print one line for each recipe: mean and standard deviation over the seeds of every test metric, and the time."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("words", nargs="+", help="recipes, and overrides for all of them")
    parser.add_argument("--seeds", type=int, default=3, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="runs at a time, of one thread each if more than one")
    parser.add_argument("--json", type=Path, help="append an object for each run to this file")
    arguments = parser.parse_args()
    recipes = [word for word in arguments.words if "=" not in word]
    overrides = [word for word in arguments.words if "=" in word]
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    with ThreadPoolExecutor(arguments.jobs) as pool:
        pending = {
            recipe: [pool.submit(run, recipe, seed, overrides, arguments.jobs) for seed in seeds] for recipe in recipes
        }
        for recipe, futures in pending.items():
            rows = [future.result() for future in futures]
            print(line(recipe, rows), flush=True)
            if arguments.json:
                with arguments.json.open("a") as file:
                    file.writelines(
                        json.dumps({"recipe": recipe, "overrides": overrides, **row}) + "\n" for row in rows
                    )


def run(recipe: str, seed: int, overrides: list[str], jobs: int) -> dict[str, object]:
    """Train a recipe once, in a folder of its own, and return its test metrics and its time."""
    environment = {**os.environ, "PYTHONPATH": str(RECIPES)} | ({"OMP_NUM_THREADS": "1"} if jobs > 1 else {})
    with tempfile.TemporaryDirectory() as folder:
        words = [str(Path(recipe).resolve()), f"seed={seed}", "~callback.mlflow", "~callback.progress", *overrides]
        done = subprocess.run(
            [sys.executable, "-m", "runner", *words], cwd=folder, env=environment, capture_output=True, text=True
        )
        if done.returncode not in (0, 3):  # 3: an expectation of the header was missed, which is to be seen here
            raise SystemExit(f"{recipe}: {done.stderr}")
        summary = json.loads((Path(folder) / "outputs" / "latest" / "summary.json").read_text())
    final, best = summary["metrics"]["final"], summary["metrics"]["best"]
    tests = {name: value for name, value in final.items() if name.startswith("test/")}
    valid = {name: value for name, value in best.items() if name == summary["objective"]}
    return {"seed": seed, **tests, **valid, "seconds": summary["seconds"]["total"]}


def line(recipe: str, rows: list[dict[str, object]]) -> str:
    """Return the means and standard deviations over the runs of a recipe."""
    words = []
    for name in rows[0]:
        values = [float(str(row[name])) for row in rows]
        if name != "seed":
            spread = f" +- {statistics.stdev(values):.4f}" if len(values) > 1 else ""
            words.append(f"{name} {statistics.mean(values):.4f}{spread}")
    return f"{recipe} ({len(rows)} seeds): {', '.join(words)}"


if __name__ == "__main__":
    main()
