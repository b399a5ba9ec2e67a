"""Letters beyond ASCII need no quotes, wherever a value is said."""

import pytest

from runner.sweep.grammar import reader
from runner.vocabulary.quoted import in_quotes


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("f=Books (old)", None),  # what Hydra says about ASCII is not ours
        ("~callback.ü", None),
        ("f='ü'", None),
        ("f=\"ü\",'é'", None),
        ("f=Bücher", "Bücher"),
        ("f=絵", "絵"),
        ("+f= L'été (à Paris)", "L'été (à Paris)"),
        ("f=C:\\ü\\", "C:\\ü\\"),
        ("f=a\\'ü", "a\\'ü"),
        ("f=ü\\,b", "ü,b"),
        ("f=ü=3: 4", "ü=3: 4"),
        ("f=${oc.env:HOME}/ü", "${oc.env:HOME}/ü"),
        ("f=1,ü,'é'", [1, "ü", "é"]),
        ("f=[ü,'é',1]", ["ü", "é", 1]),
        ("f={a: ü, b: [é x, ${oc.env:HOME}/ü]}", {"a": "ü", "b": ["é x", "${oc.env:HOME}/ü"]}),
        ("f=tag(t,choice(ü,b))", ["ü", "b"]),
    ],
)
def test_hydra_reads_it(word, expected):
    text = in_quotes(word)
    assert in_quotes(text) == text
    if expected is None:
        assert text == word
        return
    override = reader().parse_override(text)
    found = list(override.sweep_iterator()) if override.is_sweep_override() else override.value()
    assert ([getattr(one, "text", one) for one in found] if isinstance(found, list) else found) == expected
