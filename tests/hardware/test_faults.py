import torch

from runner.hardware.faults import Faults


def test_none_are_nothing_in_summary_and_state():
    assert Faults().summary() == {}
    assert Faults().state_dict() == {}


def test_they_come_back_from_a_file_that_holds_no_code(tmp_path):
    faults = Faults(skipped=2, in_a_row=1, rewinds=[{"step": 3, "reason": "nan"}], splits=[{"accumulate": 2}])
    torch.save(faults.state_dict(), tmp_path / "state.pt")
    again = Faults(skipped=9)
    again.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    assert again == faults
    again.load_state_dict({})
    assert again == Faults()


def test_the_summary_names_what_there_was():
    assert Faults(skipped=2, in_a_row=2).summary() == {"skipped_batches": 2}
    assert Faults(splits=[{"samples": 8, "accumulate": 2}]).summary() == {"splits": [{"samples": 8, "accumulate": 2}]}
