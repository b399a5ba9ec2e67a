import pytest

from runner.home import RECIPES
from runner.trust.words import is_packaged_recipe, of_words

ORDINARY = [
    "-m", "sweep=bayes", "sweep.name=first", "sweep.trials=30", "model=mlp,cnn",
    "optimizer.lr=tag(log,interval(1e-4,1e-1))",
    "model.widths=tag('model=mlp',choice([64],[128]))", "+callback=ema", "~callback.mlflow", "dataset.path=a b.csv",
    "sweep/pruner=none", "dataset@dataset.images=digits", "expect={test/accuracy: '>= 0.9'}",
    "model._target_=runner.model.mlp.MLP,runner.model.cnn.CNN",
]  # fmt: skip


def test_an_ordinary_search_goes_on_wherever_it_was_begun():
    assert list(of_words(ORDINARY)) == []


def test_recipes_that_came_with_the_package_are_known(monkeypatch):
    recipe = str(next(RECIPES.rglob("*.yaml")))
    assert is_packaged_recipe(recipe)
    assert list(of_words([recipe])) == []
    assert not is_packaged_recipe("/elsewhere/a.yaml")
    assert not is_packaged_recipe("x=a.yaml")


@pytest.mark.parametrize("word", ["+model._target_=a.B", "++model._target_=a.B", "model.x._target_=a.B,c.D"])
def test_a_target_is_asked_for_by_its_name(word):
    assert [objection.name for objection in of_words([word])][:1] == ["a:B"]


@pytest.mark.parametrize(
    "word",
    ["model={_target_: runner.model.mlp.MLP}", "model._target_='a.B'", "a=[{_target_: a.B}]", "+a={b: {_target_: c}}"],
)
def test_a_target_that_would_have_to_be_parsed_is_refused(word):
    found = list(of_words([word]))
    assert [objection.name for objection in found] == [""]
    assert "hides a target" in found[0].text
