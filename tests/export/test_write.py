"""All files or none."""

import pytest

from runner.export.form import form
from runner.export.subject import CannotExport, Subject
from runner.export.write import Draft, write_forms
from tests.export.conftest import Noisy


def test_files_appear_together(tmp_path):
    out = tmp_path / "out"
    with Draft(out) as draft:
        (draft.folder / "one").write_text("1")
        assert [path.name for path in out.iterdir()] == [draft.folder.name]
    assert draft.files == [out / "one"]
    assert [path.name for path in out.iterdir()] == ["one"]


def test_what_is_outdated_goes_only_if_all_is_well(tmp_path):
    old = tmp_path / "old"
    old.write_text("0")

    def fail(draft):
        draft.outdated = [old]
        raise KeyError

    with pytest.raises(KeyError), Draft(tmp_path) as draft:
        fail(draft)
    assert old.exists()
    with Draft(tmp_path) as draft:
        draft.outdated = [old]
    assert not old.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_an_error_leaves_what_was_there(tmp_path, exists):
    out = tmp_path / "out"
    if exists:
        out.mkdir()
        (out / "one").write_text("0")

    def fail(draft):
        (draft.folder / "one").write_text("1")
        raise KeyError

    with pytest.raises(KeyError), Draft(out) as draft:
        fail(draft)
    assert out.exists() == exists
    assert not exists or [(path.name, path.read_text()) for path in out.iterdir()] == [("one", "0")]


def test_what_is_wrong_names_the_form(tmp_path):
    subject = Subject(Noisy(3).eval(), (1, 8, 8))
    with pytest.raises(CannotExport, match="state_dict: for a batch of 1 it differs from the checkpoint by 0"):
        write_forms(subject, [form("state_dict")], tmp_path, 1e-4)
