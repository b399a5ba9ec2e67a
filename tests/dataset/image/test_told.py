"""What is said of pictures is what is done to them."""

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset.image.files import Images
from runner.dataset.image.told import code, preparation


@pytest.mark.parametrize("kind", ["jpg", "png"])
@pytest.mark.parametrize(("shape", "white"), [((3, 16, 16), 255), ((1, 8, 8), 16), ((3, 12, 20), 255)])
def test_the_lines_make_what_the_dataset_stores(tmp_path, monkeypatch, kind, shape, white):
    pixels = numpy.random.default_rng(0).integers(0, 256, (90, 130, 3), dtype=numpy.uint8)
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright
    Image.fromarray(pixels).save(tmp_path / f"picture.{kind}", exif=turned)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code(shape, white).replace("picture.jpg", f"picture.{kind}"), names)
    expected = Images([tmp_path / f"picture.{kind}"], shape, white)[0]
    assert torch.equal(names["stored"], expected.float())


def test_the_sentence():
    assert "decoded as RGB; the shorter side is scaled to 64 pixels and the middle square is kept" in preparation(
        (3, 64, 64)
    )
    assert "decoded as grey" in preparation((1, 8, 8), 16)
    assert "from 0 (black) to 16 (white), channels first: `[1, 8, 8]`" in preparation((1, 8, 8), 16)
    assert "scaled to cover 20 x 12 pixels" in preparation((3, 12, 20))
    assert preparation((2, 8, 8)) == code((2, 8, 8)) == ""
