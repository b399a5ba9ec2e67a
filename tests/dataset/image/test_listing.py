import re

import pytest

from runner.dataset.image.listing import list_folder


def put(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return str(root)


def test_classes_are_folders_and_pictures_lie_at_any_depth(tmp_path):
    names = ["dog/2.png", "dog/1.JPG", "cat/old/deep/9.webp", "cat/1.gif", "cat/1.jpeg", "cat/1.bmp"]
    rest = ["dog/notes.txt", "cat/.hidden.png", ".git/x.png", "cat/.thumbs/x.png", "readme.md", "loose.png"]
    listing = list_folder(put(tmp_path, *names, *rest))
    assert listing.classes == ("cat", "dog")
    assert listing.files == {
        "train": [
            ("cat/1.bmp", 0), ("cat/1.gif", 0), ("cat/1.jpeg", 0), ("cat/old/deep/9.webp", 0),
            ("dog/1.JPG", 1), ("dog/2.png", 1),
        ]
    }  # fmt: skip


@pytest.mark.parametrize("valid", ["valid", "val", None])
@pytest.mark.parametrize("test", ["test", None])
def test_ready_made_parts(tmp_path, valid, test):
    parts = [name for name in ("train", valid, test) if name]
    names = [f"{part}/{name}/1.png" for part in parts for name in ("cat", "dog")]
    listing = list_folder(put(tmp_path, *names, "train/dog/2.png"))
    assert listing.classes == ("cat", "dog")
    assert set(listing.files) == {"train", *(["test"] if test else []), *(["valid"] if valid else [])}
    assert listing.files["train"] == [("train/cat/1.png", 0), ("train/dog/1.png", 1), ("train/dog/2.png", 1)]
    assert all(len(files) == 2 for part, files in listing.files.items() if part != "train")


def test_a_part_may_lack_a_class(tmp_path):
    listing = list_folder(put(tmp_path, "train/a/1.png", "train/b/1.png", "test/b/1.png"))
    assert listing.files["test"] == [("test/b/1.png", 1)]


def test_train_can_be_the_name_of_a_class(tmp_path):
    assert list_folder(put(tmp_path, "train/1.png", "plane/1.png")).classes == ("plane", "train")
    assert list_folder(put(tmp_path / "b", "test/1.png", "valid/1.png")).classes == ("test", "valid")


def test_a_class_may_be_a_link(tmp_path):
    put(tmp_path / "else", "1.png")
    put(tmp_path / "data", "cat/1.png")
    (tmp_path / "data" / "dog").symlink_to(tmp_path / "else")
    assert list_folder(str(tmp_path / "data")).files["train"] == [("cat/1.png", 0), ("dog/1.png", 1)]


def test_a_tilde_is_the_users_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path / "pets", "cat/1.png", "dog/1.png")
    assert list_folder("~/pets").root == tmp_path / "pets"


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "holds no folders: a folder for each of two or more classes is needed"),
        (["1.png", "2.png"], "holds no folders"),
        (["cat/1.png"], "holds a single folder, cat"),
        (["pets/cat/1.png", "pets/dog/1.png"], r"holds a single folder, pets.*Is it folder=.*pets, with cat, dog\?"),
        (["cat/1.png", "dog/x.txt"], r"dog holds no pictures \(\.png .*\)$"),
        (["cat/1.png", "dog/x.txt", "emu/x"], "dog holds no pictures .*, and 1 more like it"),
        (["train/cat/1.png", "test/cat/1.png"], "train holds a single folder, cat"),
        (["train/cat/1.png", "train/dog/x", "test/dog/1.png"], "train/dog holds no pictures"),
        (["train/a/1.png", "train/b/1.png", "test/c/1.png"], "test has a class c that .*train has not"),
        (["train/a/1.png", "train/b/1.png", "test/a/1.png", "extra/a/1.png"], "train and extra: are these parts or"),
        (["train/a/1.png", "train/b/1.png", "val/a/1.png", "valid/a/1.png"], "both valid and val"),
    ],
)
def test_says_what_is_wrong_with_a_folder(tmp_path, names, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        list_folder(put(tmp_path, *names))
    assert str(tmp_path) in str(caught.value)


def test_a_folder_that_is_not_there_has_a_neighbour_that_is(tmp_path):
    put(tmp_path, "flowers/cat/1.png", "file")
    near = re.escape(f"there is no folder {tmp_path / 'flower'}: did you mean {tmp_path / 'flowers'}?")
    for missing in ("flower", "flower/deeper/still"):
        with pytest.raises(ValueError, match=near):
            list_folder(str(tmp_path / missing))
    with pytest.raises(ValueError, match=r"zzz$"):
        list_folder(str(tmp_path / "zzz"))
    with pytest.raises(ValueError, match="a file, not a folder"):
        list_folder(str(tmp_path / "file"))


def test_the_working_directory_is_where_a_name_begins(tmp_path, monkeypatch):
    put(tmp_path, "pets/cat/1.png")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"no folder pet: did you mean pets\?"):
        list_folder("pet")
