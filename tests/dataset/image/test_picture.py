import hashlib
import io

import numpy
import pytest
import torch
from PIL import Image

from runner.dataset.image import picture
from runner.dataset.image.picture import Pictures, decode, decode_all, verify_all


def noise(height=40, width=60, channels=3, seed=0):
    shape = (height, width, channels)[: 3 if channels > 1 else 2]
    return numpy.random.default_rng(seed).integers(0, 256, shape, dtype=numpy.uint8)


def smooth(height, width):
    """A picture that scaling hardly changes: red grows to the right, green downwards, blue is even."""
    rows, columns = numpy.mgrid[0:height, 0:width]
    return numpy.stack([columns * 255 // width, rows * 255 // height, rows * 0 + 90], -1).astype(numpy.uint8)


def stored(image, kind="PNG", **keys):
    file = io.BytesIO()
    image.save(file, kind, **keys)
    file.seek(0)
    return file


def test_pixels_of_the_right_size_are_not_touched():
    pixels = noise(16, 16)
    decoded = decode(stored(Image.fromarray(pixels)), (3, 16, 16))
    assert decoded.dtype == torch.uint8
    assert decoded.is_contiguous()
    assert torch.equal(decoded, torch.from_numpy(pixels).permute(2, 0, 1))


@pytest.mark.parametrize(("height", "width"), [(40, 60), (61, 40), (30, 30), (8, 11), (16, 100)])
def test_scales_the_shorter_side_and_keeps_the_middle(height, width):
    from torchvision.transforms.functional import center_crop, resize

    image = Image.fromarray(smooth(height, width))
    expected = numpy.array(center_crop(resize(image, [16], antialias=True), [16])).transpose(2, 0, 1)
    decoded = decode(stored(image), (3, 16, 16)).numpy().astype(int)
    assert numpy.abs(decoded - expected).max() <= 8  # they cut at whole pixels of the scaled picture, we at half ones


def test_scaling_down_averages():
    stripes = numpy.zeros((64, 64), dtype=numpy.uint8)
    stripes[:, ::2] = 200
    decoded = decode(stored(Image.fromarray(stripes)), (1, 8, 8))
    assert (decoded.int() - 100).abs().max() <= 6  # picking single pixels would give 0 or 200


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_cameras_note_of_how_it_was_held_is_followed(orientation):
    upright = Image.fromarray(smooth(16, 16))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how such a camera would have stored it
    exif = Image.Exif()
    exif[0x0112] = orientation
    held = upright.transpose(Image.Transpose(undo[orientation])) if orientation > 1 else upright
    decoded = decode(stored(held, exif=exif), (3, 16, 16))
    assert torch.equal(decoded, decode(stored(upright), (3, 16, 16)))


@pytest.mark.parametrize(("kind", "tolerance"), [("PNG", 0), ("BMP", 0), ("JPEG", 12), ("WEBP", 12), ("GIF", 40)])
@pytest.mark.parametrize("channels", [3, 1])
def test_formats(kind, tolerance, channels):
    image = Image.fromarray(smooth(32, 32))
    wanted = numpy.array(image if channels == 3 else image.convert("L")).reshape(32, 32, -1).transpose(2, 0, 1)
    decoded = decode(stored(image, kind), (channels, 32, 32)).numpy()
    assert decoded.shape == wanted.shape
    assert numpy.abs(decoded.astype(int) - wanted).max() <= tolerance


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
@pytest.mark.parametrize("channels", [3, 1])
def test_modes(mode, channels):
    image = Image.fromarray(smooth(20, 20)).convert(mode)
    decoded = decode(stored(image, "TIFF" if mode == "CMYK" else "PNG"), (channels, 10, 10))
    assert decoded.shape == (channels, 10, 10)
    assert decoded.float().mean().item() == pytest.approx(numpy.array(image.convert("L")).mean(), abs=12)


def test_sixteen_bits_become_eight():
    values = (numpy.arange(256, dtype=numpy.uint16) * 257).reshape(16, 16)
    decoded = decode(stored(Image.fromarray(values)), (1, 16, 16))
    assert decoded.flatten().tolist() == list(range(256))


def test_sixteen_bits_are_the_same_wherever_a_file_is_read(tmp_path):
    from runner.dataset.image_folder import image_folder
    from runner.dataset.noise import noise

    values = (numpy.arange(64, dtype=numpy.uint16) * 1040).reshape(8, 8)
    for name in ("a/x.png", "b/x.png"):
        (tmp_path / name).parent.mkdir()
        Image.fromarray(values).save(tmp_path / name)
    folder = image_folder(str(tmp_path), size=8, colour="grey", valid=0, test=0, workers=0)
    expected = torch.from_numpy(values // 256).to(torch.uint8)
    assert all(torch.equal(image[0], expected) for image in folder.load().train.inputs)
    for data in (folder, noise()):
        assert torch.equal(data.encode([str(tmp_path / "a")])[1][0][0], expected)


@pytest.mark.parametrize(("height", "width"), [(40, 60), (61, 40), (30, 30), (8, 11), (16, 100)])
@pytest.mark.parametrize("shape", [(3, 12, 20), (1, 20, 6), (3, 9, 9)])
def test_sizes_that_are_no_squares(height, width, shape):
    from PIL import ImageOps

    image = Image.fromarray(smooth(height, width)).convert("RGB" if shape[0] == 3 else "L")
    expected = numpy.array(ImageOps.fit(image, (shape[2], shape[1]), Image.Resampling.BILINEAR))
    decoded = decode(stored(image), shape)
    assert decoded.shape == shape
    difference = decoded.permute(1, 2, 0).numpy().astype(int) - expected.reshape(shape[1], shape[2], shape[0])
    assert numpy.abs(difference).max() <= 1


def test_what_stands_over_is_cut_off_evenly():
    image = Image.new("L", (30, 10), 0)
    image.paste(255, (10, 0, 20, 10))  # a white square in the middle
    assert decode(stored(image), (1, 10, 10)).eq(255).all()


def test_transparency_is_ignored_without_a_warning(recwarn):
    pixels = noise(8, 8)
    alpha = numpy.concatenate([pixels, noise(8, 8, 1, seed=1)[..., None]], -1)
    assert torch.equal(decode(stored(Image.fromarray(alpha)), (3, 8, 8)), torch.from_numpy(pixels).permute(2, 0, 1))
    palette = Image.fromarray(smooth(8, 8)).convert("P")
    decode(stored(palette, transparency=bytes(range(256))), (3, 8, 8))
    assert not [w for w in recwarn if "ransparency" in str(w.message)]


def test_the_first_frame_of_an_animation():
    frames = [Image.fromarray(numpy.full((8, 8), value, numpy.uint8)) for value in (30, 200)]
    decoded = decode(stored(frames[0], "GIF", save_all=True, append_images=frames[1:]), (1, 8, 8))
    assert decoded.unique().tolist() == [30]


def test_a_large_jpeg_is_decoded_small_and_looks_the_same(tmp_path):
    image = Image.fromarray(smooth(512, 512))
    decoded = decode(stored(image, "JPEG", quality=95), (3, 32, 32)).int()
    expected = torch.from_numpy(numpy.array(image.resize((32, 32), Image.Resampling.BILINEAR))).permute(2, 0, 1)
    assert (decoded - expected).abs().max() <= 8


@pytest.fixture
def folder(tmp_path):
    for number in range(7):
        Image.fromarray(noise(12, 20, seed=number)).save(tmp_path / f"{number}.png")
    return tmp_path


def pictures(folder, names=None):
    return Pictures(folder, names or [f"{number}.png" for number in range(7)], (3, 8, 8))


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_all_at_once_are_the_same_as_one_by_one(folder, monkeypatch, threads):
    monkeypatch.setattr(picture, "BLOCK", 3)
    some = pictures(folder)
    pixels, digests = decode_all(some, threads)
    assert torch.equal(pixels, torch.stack([some[i] for i in range(len(some))]))
    assert digests == [hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in some.paths]
    assert verify_all(some, threads) == digests


@pytest.mark.parametrize("read_all", [decode_all, verify_all])
def test_broken_files_are_counted_and_named(folder, read_all):
    for number in (1, 2, 3, 5):
        (folder / f"{number}.png").write_bytes(b"" if number == 2 else b"no picture")
    message = r"4 of 7 files in .* cannot be decoded: 1.png \(no picture\), 2.png \(.*\), 3.png \(.*\) and 1 more"
    with pytest.raises(ValueError, match=message):
        read_all(pictures(folder), 2)


def test_a_file_that_ends_early_is_broken(folder):
    content = (folder / "4.png").read_bytes()
    (folder / "4.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"1 of 7 files in .*: 4.png \("):
        decode_all(pictures(folder), 2)
    with pytest.raises(ValueError, match=r"4.png cannot be decoded"):
        pictures(folder)[4]


def test_a_file_that_is_gone_is_named(folder):
    with pytest.raises(ValueError, match=r"1 of 1 files in .*: gone.png \(.*No such file"):
        decode_all(pictures(folder, ["gone.png"]), 1)
