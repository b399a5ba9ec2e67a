from runner.callback.base import Callback


def test_every_moment_is_optional():
    callback = Callback()
    assert callback.start(None) is callback.step(None) is callback.epoch(None) is callback.close(None) is None
    assert callback.state_dict() == {}
    callback.load_state_dict({})
    assert callback.rank == 0
