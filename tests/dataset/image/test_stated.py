from runner.dataset.image.stated import of_images
from runner.dataset.image.told import code, preparation


def test_the_white_of_stored_images_is_that_of_what_is_said_and_of_what_is_read(tmp_path):
    from PIL import Image

    Image.new("L", (8, 8), 255).save(tmp_path / "a.png")
    for white in (16, 255):
        data = of_images("some", (1, 8, 8), ("a",), lambda: None, None, workers=3, sampling="balanced", white=white)
        assert (data.preparation, data.code) == (preparation((1, 8, 8), white), code((1, 8, 8), white))
        assert (data.workers, data.sampling) == (3, "balanced")
        names, images = data.encode([str(tmp_path / "a.png")])
        assert names == [{"file": str(tmp_path / "a.png")}]
        assert images[0].unique().tolist() == [white]
