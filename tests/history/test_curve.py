from runner.history.curve import curves


def test_metrics_by_epoch_without_steps_the_test_row_and_what_was_cut_off(tmp_path):
    (tmp_path / "metrics.jsonl").write_text(
        '{"epoch": 0, "step": 50, "train/step_loss": 3.0, "lr": 0.1}\n'
        '{"epoch": 1, "step": 60, "train/loss": 2.0, "valid/loss": NaN, "lr": 0.1}\n'
        '{"epoch": 2, "step": 120, "train/loss": 1.0, "lr": 0.05}\n'
        '{"epoch": 2, "step": 120, "test/loss": 1.5}\n'
        '{"epoch": 3, "train/lo'
    )
    found = curves(tmp_path)
    assert list(found) == ["train/loss", "valid/loss", "lr"]
    assert found["train/loss"] == {1.0: 2.0, 2.0: 1.0}
    assert curves(tmp_path / "nowhere") == {}
