import yaml

from runner.home import CONF
from runner.trust.foreign import of_address, of_links, packaged, uris_of
from runner.trust.tree import targets


def test_the_packaged_targets_are_those_of_the_packaged_configuration():
    read = [yaml.safe_load(path.read_text()) for path in CONF.rglob("*.yaml")]
    assert packaged() == {name for tree in read for _, name in targets(tree)}
    assert len(packaged()) > 50
    assert all(name.startswith("runner.") for name in packaged())


def test_links_are_found_in_trials_too(tmp_path):
    (tmp_path / "trials" / "0" / "checkpoints").mkdir(parents=True)
    assert list(of_links(tmp_path)) == []
    for name in ("a", "trials/1", "trials/0/log.txt", "trials/0/checkpoints/last.pt"):
        (tmp_path / name).symlink_to("/there")
    assert sorted(objection.text.split()[0] for objection in of_links(tmp_path)) == [
        "a", "trials/0/checkpoints/last.pt", "trials/0/log.txt", "trials/1",
    ]  # fmt: skip


def test_the_usual_store_is_no_place_that_a_stranger_chose():
    assert list(of_address("uri", None)) == []
    assert list(of_address("uri", "http://a", usual=["http://a"])) == []
    assert list(of_address("uri", "sqlite:////moved/outputs/mlflow.db")) == []
    for uri in ("sqlite:////a/../mlflow.db", "sqlite:////a/b.pth", "sqlite:////a.pth?x=/mlflow.db", "file:/a", "x"):
        assert len(list(of_address("uri", uri))) == 1, uri


def test_every_store_that_a_configuration_names_is_found():
    node = {"_target_": "runner.callback.mlflow.MLflow", "uri": "a"}
    tree = {"callback": {"x": None, "y": node, "z": {"_target_": "x", "_args_": ["b"]}, "w": {"_target_": "x"}}}
    assert dict(uris_of(tree)) == {"callback.y.uri": "a", "callback.z._args_[0]": "b"}
    assert dict(uris_of({"callback": []})) == {}
    assert len(list(of_address("uri", ["http://a"]))) == 1
