import pytest
import torch
from PIL import Image
from torch.nn.functional import interpolate

from runner.figure.explain import draw_explanation, overlay, read_image


def picture(path, size=(40, 20), colour=(255, 0, 0)):
    Image.new("RGB", size, colour).save(path)
    return path


def test_a_file_becomes_what_the_dataset_stores(tmp_path):
    path = picture(tmp_path / "a.png")
    image = read_image(path, (3, 8, 8), 255.0)
    assert image.shape == (3, 8, 8)
    assert image.amax((1, 2)).tolist() == [255, 0, 0]
    grey = read_image(path, (1, 8, 4), 16.0)
    assert grey.shape == (1, 8, 4)
    assert grey[0, 0, 0].item() == pytest.approx(76 * 16 / 255), "the luma of red"


def test_what_stands_over_is_cut_off_evenly(tmp_path):
    image = Image.new("L", (30, 10), 0)
    image.paste(255, (10, 0, 20, 10))  # a white square in the middle
    image.save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", (1, 10, 10), 255.0).eq(255).all()


def test_what_is_no_image(tmp_path):
    (tmp_path / "a.png").write_text("no")
    with pytest.raises(ValueError, match="is not an image"):
        read_image(tmp_path / "a.png", (1, 8, 8), 1.0)
    with pytest.raises(ValueError, match=r"no image .*test:NUMBER"):
        read_image(tmp_path / "b.png", (1, 8, 8), 1.0)
    with pytest.raises(ValueError, match="not an image"):
        read_image(tmp_path, (1, 8, 8), 1.0)
    with pytest.raises(ValueError, match="5 channels"):
        read_image(tmp_path / "a.png", (5, 8, 8), 1.0)


def test_a_map_fills_the_image():
    heat = torch.tensor([[0.0, 2.0], [4.0, 0.0]])
    large = overlay(heat, (6, 8))
    expected = interpolate(heat[None, None], (6, 8), mode="bilinear")[0, 0]
    torch.testing.assert_close(large, expected / expected.max())
    assert overlay(torch.zeros(2, 2), (4, 4)).eq(0).all()


@pytest.mark.parametrize("answers", [[("bag", 0.7), ("shoe", 0.2), ("shirt", 0.1)], []])
def test_the_picture_says_what_the_model_said(tmp_path, monkeypatch, answers):
    kept = []
    monkeypatch.setattr("runner.figure.explain.save", lambda figure, path: kept.append(figure))
    draw_explanation(
        tmp_path / "a.png", torch.rand(4, 4, 3), torch.rand(4, 4), answers=answers, title="test:1", about="for bag"
    )
    image, heat, bars = kept[0].axes
    assert (image.get_title(), heat.get_title()) == ("test:1", "for bag")
    assert [bar.get_width() for bar in bars.patches] == [share for _, share in answers]
    assert [text.get_text() for text in bars.texts] == [f"{name}  {share:.1%}" for name, share in answers]
