"""Lack of memory, told apart from other errors by what the libraries really raise."""

import numpy
import pytest
import torch

from runner.hardware.exhausted import asked_for, in_words, is_exhausted

TOO_MUCH = 2**50
"""Bytes that no machine has."""


@pytest.mark.parametrize(
    ("take", "asked"),
    [
        (lambda: torch.empty(TOO_MUCH, dtype=torch.uint8), TOO_MUCH),
        (lambda: numpy.zeros(TOO_MUCH, dtype=numpy.uint8), TOO_MUCH),
        (lambda: bytearray(TOO_MUCH), None),
    ],
    ids=["torch", "numpy", "python"],
)
def test_what_libraries_raise(take, asked):
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        take()
    assert is_exhausted(caught.value)
    assert asked_for(caught.value) == asked


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has ..."), 3 * 2**29),
        (RuntimeError("CUDA error: out of memory"), None),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), None),
        (RuntimeError("std::bad_alloc"), None),
        (OSError(12, "Cannot allocate memory"), None),
    ],
)
def test_what_others_would_raise(error, asked):
    assert is_exhausted(error)
    assert asked_for(error) == asked


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        ValueError("out of memory"),
        RuntimeError("CUDA error: an illegal memory access was encountered"),
    ],
)
def test_another_error_is_none_of_them(error):
    assert not is_exhausted(error)


@pytest.mark.parametrize(
    ("size", "words"), [(12, "12 bytes"), (2048, "2.0 KiB"), (3 * 2**29, "1.5 GiB"), (2**41, "2.0 TiB")]
)
def test_bytes_in_words(size, words):
    assert in_words(size) == words
