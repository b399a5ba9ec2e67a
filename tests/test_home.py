from runner.home import RECIPES, all_recipes


def test_recipes_of_the_package_and_of_this_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "recipes" / "mine").mkdir(parents=True)
    (tmp_path / "recipes" / "mine" / "a.yaml").touch()
    found = all_recipes()
    assert str(found["recipes/mine/a.yaml"]) == "recipes/mine/a.yaml"
    assert len(found) == 1 + len(list(RECIPES.rglob("*.yaml")))
    assert list(found) == sorted(found)
