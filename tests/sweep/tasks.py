"""Trials that take no training, for tests of what is around them. Same words as ``runner.sweep.trial.train_trial``."""

import json
import os
import signal
import time
from types import SimpleNamespace


def complete(value, reason="", state="COMPLETE", values=None):
    return SimpleNamespace(
        state=state, values=[value] if values is None else values, seconds=0.0, epochs=1, reason=reason,
        per_seed=[[value]], spoilt=False,
    )  # fmt: skip


def begin(folder, cfg):
    """Leave a trace of each begin in the trial's folder, and return how many there are."""
    with open(folder / "begun", "a", encoding="utf-8") as file:
        file.write(f"{os.getpid()} {cfg.optimizer.lr} {os.environ['OMP_NUM_THREADS']}\n")
    return len((folder / "begun").read_text().splitlines())


def quick(cfg, folder, overrides, judge, objectives, seeds, resident, interrupt):
    """Answer at once."""
    begin(folder, cfg)
    return complete(-((cfg.optimizer.lr - 0.3) ** 2) + 0.001 * cfg.seed)


def steps(cfg, folder, overrides, judge, objectives, seeds, resident, interrupt):
    """Take ``epochs`` steps of ``batch_size`` ms, from where the last one stopped; save each of them."""
    begin(folder, cfg)
    done = len((folder / "metrics.jsonl").read_text().splitlines()) if (folder / "metrics.jsonl").exists() else 0
    with open(folder / "metrics.jsonl", "a", encoding="utf-8") as record:
        for step in range(done + 1, cfg.epochs + 1):
            interrupt.check()
            time.sleep(cfg.batch_size / 1000)
            record.write(json.dumps({"epoch": step, "step": step, "pid": os.getpid()}) + "\n")
            record.flush()
    return complete(-((cfg.optimizer.lr - 0.3) ** 2))


def picky(cfg, folder, overrides, judge, objectives, seeds, resident, interrupt):
    """Do as the optimizer's momentum says: 1 raises, 2 dies, 3 dies the first time, 4 hangs, 5 runs out of memory."""
    count, kind = begin(folder, cfg), int(cfg.optimizer.weight_decay)
    if kind == 1:
        raise RuntimeError("this one cannot be done")
    if kind == 2 or (kind == 3 and count == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == 4:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    if kind == 5:
        return complete(None, "no memory", "INFEASIBLE", [])
    if kind == 6:
        time.sleep(1000)
    return complete(cfg.optimizer.lr)


def sleepy(cfg, folder, overrides, judge, objectives, seeds, resident, interrupt):
    """Take as many seconds as the learning rate."""
    begin(folder, cfg)
    time.sleep(cfg.optimizer.lr)
    return complete(cfg.optimizer.lr)


broken = "this is no function"
