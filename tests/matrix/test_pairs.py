from omegaconf import OmegaConf

from runner.matrix.pairs import called, forbid


def test_downloads_are_forbidden_at_any_depth():
    node = OmegaConf.create({"_target_": "rows", "images": {"download": True, "augment": None}, "download": None})
    assert forbid(node)
    assert (node.download, node.images.download) == (False, False)
    assert not forbid(OmegaConf.create({"_target_": "digits", "augment": None}))


def test_an_object_gets_through_a_configuration():
    assert called(lambda: 7) == 7
