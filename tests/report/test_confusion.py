from runner.report.confusion import matrix, mistakes, scatter

COUNTS = [[5, 0, 1], [0, 0, 0], [3, 0, 1]]


def test_a_row_for_what_it_is():
    drawn = matrix(["a<", "b", "c"], COUNTS)
    assert drawn.count("<rect") == 9
    assert "<title>c taken for a&lt;: 3 of 4</title>" in drawn
    assert 'style="--t:0.750"' in drawn
    assert drawn.count('class="heat wrong"') == 6


def test_the_most_frequent_mistakes_in_words():
    assert mistakes(["a", "b", "c"], COUNTS) == ["c taken for a: 3 times", "a taken for c: 1 time"]
    assert mistakes(["a"], [[7]]) == []


def test_too_many_classes_are_no_picture():
    names = [str(n) for n in range(41)]
    assert matrix(names, [[1] * 41] * 41) == ""
    assert matrix([], []) == ""
    assert matrix(names[:40], [[1] * 40] * 40).count(">1</text>") == 2, "the names of class 1: too small for counts"


def test_numbers_against_what_was_right():
    assert scatter([(1.0, 2.0), (3.0, 3.5)]).count("<circle") == 2
    assert scatter([]) == ""
