import pytest
import torch
from torch.nn.functional import interpolate

from runner.figure.explain import draw_explanation, overlay


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
