from time import sleep

from runner.hardware.clock import Clock


def test_laps_add_up_and_are_credited_to_what_ended():
    clock = Clock()
    begun = clock.last
    sleep(0.02)
    clock.lap("long")
    clock.lap("short")
    clock.lap("long")
    assert set(clock.seconds) == {"long", "short"}
    assert clock.seconds["long"] >= 0.02
    assert abs(sum(clock.seconds.values()) - (clock.last - begun)) < 1e-9
