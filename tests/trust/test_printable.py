from runner.trust.printable import printable


def test_nothing_is_left_that_a_terminal_obeys():
    assert printable("plain · ü 日本") == "plain · ü 日本"
    assert printable("a\x1b[2J\r\nb\x9b\u202e") == "a\\x1b[2J\\r\\nb\\x9b\\u202e"
