import pytest

from runner.durable import read_json
from runner.inference.judged import judge
from tests.support import trained


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    trained(folder, "dataset=digits", "model=linear", "epochs=1", "batch_size=256")
    return folder


def test_the_confusion_is_that_of_the_recorded_accuracy(folder):
    found = judge(folder)
    assert (found.part, found.count, found.samples, len(found.classes)) == ("test", 359, 359, 10)
    assert sum(map(sum, found.confusion)) == 359
    right = sum(found.confusion[i][i] for i in range(10))
    accuracy = read_json(folder / "summary.json")["metrics"]["final"]["test/accuracy"]
    assert right / 359 == pytest.approx(accuracy)


def test_the_worst_come_first_and_can_be_seen(folder):
    found = judge(folder, worst=5, most=100)
    assert found.count == 256, "whole batches"
    chances = [sample.chance for sample in found.worst]
    assert chances == sorted(chances)
    assert len(chances) == 5
    assert found.worst[0].truth != found.worst[0].said
    assert found.worst[0].picture.startswith(b"\x89PNG")


def test_numbers_have_pairs_and_no_confusion(tmp_path):
    trained(tmp_path, "dataset=diabetes", "model=mlp", "task=regression", "epochs=1")
    found = judge(tmp_path, points=10)
    assert (found.classes, found.confusion) == ((), [])
    assert 5 <= len(found.pairs) <= 10
    errors = [abs(float(sample.truth) - float(sample.said)) for sample in found.worst]
    assert errors == pytest.approx(sorted(errors, reverse=True), abs=0.2)
    assert found.worst[0].text


def test_a_language_model_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("the quick brown fox jumps over the lazy dog\n" * 200)
    words = ["dataset=text", "dataset.path=a.txt", "dataset.bptt=20", "model=gru", "model.width=8"]
    trained(tmp_path / "run", *words, "task=language_modeling", "epochs=1")
    with pytest.raises(ValueError, match="a language model predicts every token"):
        judge(tmp_path / "run")
