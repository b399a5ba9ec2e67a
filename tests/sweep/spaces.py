"""Spaces as a command would ask for them, and what Hydra's own sweeper makes of the same words."""

from itertools import product

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import strategies as st

from runner.check.override import read_overrides
from runner.command import read_command
from runner.compose import hydra_for
from runner.sweep.settings import Settings
from runner.sweep.space import Choice, Interval, Range, Space, read_space

GRID = "runner.sweep.sampler.grid.grid"
BAYES = "runner.sweep.sampler.bayes.bayes"


def read(*words, sampler=BAYES, fixed=(), **settings):
    """Return the space of some overrides and everything that is wrong with them."""
    with hydra_for(read_command([])) as loader:
        overrides = read_overrides(words, loader, multirun=True)
        space, problems = read_space(overrides.good, Settings({"_target_": sampler}, **settings), loader, fixed)
    return space, [*overrides.problems, *problems]


def space_of(*words, **settings):
    """Return the space of overrides that have to be right."""
    space, problems = read(*words, **settings)
    assert problems == []
    return space


def messages(*words, **settings):
    """Return what is wrong with overrides."""
    return [problem.message for problem in read(*words, **settings)[1]]


def of_hydra(*words):
    """Return the jobs of Hydra's own sweeper: a list of overrides each, in its order."""
    overrides = OverridesParser.create().parse_overrides(list(words))
    (batch,) = BasicSweeper.split_arguments(overrides, None)
    return batch


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)
NUMBERS = st.integers(-1000, 1000).map(str) | st.floats(-1e6, 1e6, allow_nan=False).map(repr)
QUOTED = st.text("abc'\"\\ ,:=&(){}[]$#é\t", max_size=6).map(lambda text: "'" + quoted(text) + "'")
PLAIN = NAMES | NUMBERS | QUOTED | st.sampled_from(["true", "False", "null", "-1", "1e-3", "a/b.c", "${epochs}"])
ELEMENTS = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(NAMES, inner), max_size=2).map(
            lambda pairs: "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=4,
)
"""Texts of values, as a user might type them."""
LISTS = st.lists(ELEMENTS, min_size=2, max_size=4).map(",".join)
WHOLE_RANGES = st.tuples(st.integers(-20, 20), st.integers(1, 6), st.integers(1, 5), st.booleans()).map(
    lambda t: f"range({t[0]},{t[0] + t[1] * t[2]},{t[2]})" if t[3] else f"range({t[0]},{t[0] - t[1] * t[2]},-{t[2]})"
)
STEPS = st.sampled_from([0.1, 0.25, 0.3, 0.7, 1e-3, 2.5, 1e-5, 0.05])
FLOAT_RANGES = st.tuples(st.integers(-30, 30), st.integers(1, 40), STEPS, st.booleans()).map(
    lambda t: (
        f"range({t[0] * t[2]:.12g},{(t[0] + t[1]) * t[2]:.12g},{t[2]})"
        if t[3]
        else f"range({t[0] * t[2]:.12g},{(t[0] - t[1]) * t[2]:.12g},-{t[2]})"
    )
)


def quoted(text):
    """Escape a text for single quotes, as the grammar wants it."""
    from hydra.core.override_parser.types import Quote, QuotedString

    return QuotedString(text, Quote.single).with_quotes()[1:-1]


def brute(space):
    """Return the grid of a space the long way: all combinations, without what is not active, each once."""
    names = [dimension.name for dimension in space.order]
    found = []
    for values in product(*(dimension.grid() for dimension in space.order)):
        point = space.restrict(dict(zip(names, values, strict=True)))
        if point not in found:
            found.append(point)
    return found


@st.composite
def spaces(draw):
    """A small space in which any dimension may depend on choices, which may come later."""
    found = []
    for index in range(draw(st.integers(1, 5))):
        name = f"d{index}"
        choices = [dimension for dimension in found if isinstance(dimension, Choice)]
        parents = draw(st.lists(st.sampled_from(choices), max_size=2, unique_by=lambda d: d.name)) if choices else []
        when = {p.name: frozenset(draw(st.sets(st.sampled_from(p.grid()), min_size=1))) for p in parents}
        kind = draw(st.integers(0, 2))
        if kind == 0:
            rows = tuple((text,) for text in "wxyz"[: draw(st.integers(1, 4))])
            found.append(Choice(name, (name,), rows, draw(st.none() | st.integers(0, 3)), when=when))
        elif kind == 1:
            found.append(Range(name, (name,), range(1, draw(st.integers(2, 4))), 1, when=when))
        else:
            found.append(Interval(name, (name,), 2, draw(st.integers(3, 5)), False, 2, when=when))
    return Space(tuple(draw(st.permutations(found))))


SPACES = spaces()
