import os
import pickle
import subprocess

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.dataset.image.unpickle import unpickle

ARRAY = numpy.arange(24, dtype=numpy.uint8).reshape(4, 6)

# what numpy 1 and Python 2 wrote: cPickle.dumps({"data": array([[1, 2], [3, 4]], "uint8"), "labels": [6, 9]}, 2)
PYTHON_2 = (
    b"\x80\x02}q\x01(U\x04dataq\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87"
    b"Rq\x05(K\x01K\x02K\x02\x86cnumpy\ndtype\nq\x06U\x02u1K\x00K\x01\x87Rq\x07(K\x03U\x01|NNNJ\xff\xff\xff\xff"
    b"J\xff\xff\xff\xffK\x00tb\x89U\x04\x01\x02\x03\x04tbU\x06labelsq\x08]q\x09(K\x06K\x09eu."
)


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_gives_back_plain_data(protocol):
    value = {"labels": [3, 0], "names": ["one", "tw\u00f6"], b"raw": b"\x00\xff", "none": None, "share": 0.5}
    assert unpickle(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("array", [ARRAY, numpy.asfortranarray(ARRAY), ARRAY[:1], ARRAY[0]])
def test_gives_back_arrays_of_bytes(array, protocol):
    loaded = unpickle(pickle.dumps({b"data": array}, protocol))[b"data"]
    assert loaded.dtype == numpy.uint8
    numpy.testing.assert_array_equal(loaded, array)


def test_reads_what_python_2_wrote():
    loaded = unpickle(PYTHON_2)
    assert loaded[b"labels"] == [6, 9]
    assert loaded[b"data"].tolist() == [[1, 2], [3, 4]]
    numpy.testing.assert_array_equal(loaded[b"data"], pickle.loads(PYTHON_2, encoding="bytes")[b"data"])


class Hostile:
    """Calls a function when it is unpickled."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "posix.system"),
        (eval, "builtins.eval|__builtin__.eval"),
        (subprocess.check_output, "subprocess.check_output|commands.check_output"),
        (getattr, "builtins.getattr|__builtin__.getattr"),
        (numpy.load, "numpy.load|numpy.lib"),
    ],
)
def test_whatever_is_not_data_is_refused_by_name_and_not_run(tmp_path, function, name, protocol):
    mark = tmp_path / "ran"
    content = pickle.dumps({"data": Hostile(function, f"touch {mark}")}, protocol)
    with pytest.raises(ValueError, match=f"it asks for ({name}).*refused"):
        unpickle(content)
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"c_codecs\nencode\n(Vtext\nVrot13\ntR.",  # another encoding than the one that bytes need
        b"cnumpy\nndarray\n(I9\ntR}S'shape'\nI1\nsb.",  # attributes for a stand-in
        b"c_codecs\nencode\n}S'__new__'\nI1\nsb.",  # attributes for the class of stand-ins
        b"cnumpy\ndtype\n(S'O8'\ntR.",  # an array of objects
        pickle.dumps(numpy.zeros(3), 2),
        pickle.dumps(numpy.zeros(3, "i8"), 2),
        pickle.dumps(numpy.array([None, "x"], dtype=object), 2),
        PYTHON_2.replace(b"K\x01K\x02K\x02\x86", b"K\x01K\x09K\x09\x86"),  # a shape that its bytes do not fill
        b"",
        b"\x80\x02",
        b"cos\nsystem",
        b"no pickle",
    ],
)
def test_tricks_and_damage_are_refused(content):
    try:
        value = unpickle(content)
    except ValueError as error:
        assert str(error).startswith(("it asks for", "it holds", "it is no pickle"))  # noqa: PT017
    else:
        assert not isinstance(value, numpy.ndarray)


def test_stand_ins_cannot_be_changed_for_the_next_pickle():
    for name in (
        b"cnumpy\nndarray\n",
        b"c_codecs\nencode\n",
        b"cnumpy\ndtype\n",
        b"cnumpy.core.multiarray\n_reconstruct\n",
    ):
        with pytest.raises(ValueError, match="no pickle of plain data"):
            unpickle(name + b"(N}S'__setstate__'\nI1\nstb.")
    assert unpickle(PYTHON_2)[b"data"].shape == (2, 2)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_any_bytes_are_read_or_refused(data):
    content = bytearray(PYTHON_2)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        unpickle(bytes(content))
    except ValueError as error:
        assert str(error)  # noqa: PT017  # the only error there may be
