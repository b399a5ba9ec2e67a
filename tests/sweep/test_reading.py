import pytest

from tests.sweep.spaces import GRID, messages, read, space_of

LR = "tag(log, interval(1e-4, 1e-1))"


def described(*words, **settings):
    return space_of(*words, **settings).describe()


def test_the_same_text_means_the_same_in_a_command_and_in_a_recipe():
    words = {
        "optimizer.lr": LR,
        "model": "cnn,mlp",
        "model.width": 'tag("model=cnn", choice(8,16))',
        "epochs": "range(1,4)",
        "batch_size": "int(tag(log, interval(16, 256)))",
        "dataset@dataset.images": "glob(digit*)",
        "+callback": "ema,tta",
    }
    command = space_of(*(f"{key}={text}" for key, text in words.items()))
    assert command == space_of(space=words)
    assert [dimension.name for dimension in command.dimensions] == [key.lstrip("+") for key in words]


def test_the_space_comes_first_and_the_command_has_the_last_word():
    space = {"optimizer.lr": LR, "epochs": "1,2"}
    assert list(described("batch_size=16,32", space=space)) == ["optimizer.lr", "epochs", "batch_size"]
    assert described("optimizer.lr=0.1,0.2", space=space) == {"optimizer.lr": "0.1,0.2", "epochs": "1,2"}
    assert described("++optimizer.lr=0.1", space=space) == {"epochs": "1,2"}
    assert described("~optimizer.lr", space=space) == {"epochs": "1,2"}
    assert described(space=space, fixed={"epochs"}) == {"optimizer.lr": "tag(log, interval(0.0001, 0.1))"}


def test_null_takes_a_key_out_of_an_inherited_space():
    assert described(space={"optimizer.lr": LR, "epochs": None}) == {"optimizer.lr": "tag(log, interval(0.0001, 0.1))"}


def test_of_several_words_for_a_key_the_last_one_counts():
    assert described("a.b=1,2", "c.d=1,2", "++a.b=3,4") == {"a.b": "3,4", "c.d": "1,2"}
    assert described("a.b=1,2", "c.d=1,2", "a.b=3") == {"c.d": "1,2"}
    assert described("a.b=3", "a.b=1,2") == {"a.b": "1,2"}


def test_an_added_part_stands_beside_the_chosen_ones():
    assert described("+callback=ema,tta", "callback=[record]", "+callback=monitor") == {"callback": "ema,tta"}
    (message,) = messages("callback=record,monitor", "+callback=ema,tta")
    assert message.startswith("callback is searched twice, by callback=record,monitor too")
    assert len(messages("+callback=record,monitor", "+callback=ema,tta")) == 1


def test_an_order_is_shuffled_by_the_seed_of_the_search():
    def order(seed):
        return space_of("a.b=shuffle(1,2,3,4,5,6,7,8)", seed=seed).dimensions[0].grid()

    assert order(0) == order(0) != order(1)
    assert sorted(order(0)) == list("12345678")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("sweep=bayes,gp", "sweep: how to search cannot be searched"),
        ("sweep.seed=1,2", "sweep.seed: how to search cannot be searched"),
        ("sweep/pruner=asha,none", "sweep/pruner: how to search cannot be searched"),
        ("sweep.space.optimizer.lr=interval(0,1)", "write optimizer.lr=... itself"),
        ("~a.b=1,2", "~a.b: to leave something out cannot be searched"),
        ("a.b=1,2,1", "a.b: 1 is there twice: each value once"),
        ("a.b=x,y,'x'", "a.b: 'x' is there twice, as x and as 'x'"),
        ("model=glob(nothing*)", "model: nothing matches"),
        ("a.b=choice([choice(1,2)],3)", "a list of values inside a value"),
    ],
)
def test_what_cannot_be_searched_is_refused(word, why):
    _, problems = read(word, "c.d=1,2")
    (problem,) = problems
    assert why in problem.message
    assert problem.place == word


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("epochs", "5", "sweep.space.epochs: 5 is one value"),
        ("model", "cnn,resnet81", "model=resnet81: no such model: did you mean resnet18?"),
        ("modle/x", "a,b", "unknown group modle/x"),
        ("optimizer.lr", "tag(log", "the value of optimizer.lr cannot be read"),
        ("optimizer.lr", "interval(1,0)", "from a lower to a higher number"),
        ("optimizer.lr", "tag('model=cnn', interval(0,1))", "model, which is not searched"),
        ("hydra.job.num", "1,2", "Hydra's own settings cannot be searched"),
    ],
)
def test_what_is_wrong_in_a_recipe_is_told_with_its_key(key, text, why):
    _, problems = read("c.d=1,2", space={key: text})
    (problem,) = problems
    assert why in problem.message
    assert (problem.place, problem.key) == ("sweep.space", f"sweep.space.{key}")


def test_a_grid_needs_points_of_an_interval():
    _, (problem,) = read("optimizer.lr=interval(1e-4,1)", sampler=GRID)
    assert "write tag(grid5, interval(0.0001, 1.0)), or choose a sampler, sweep=bayes" in problem.message
    assert space_of("optimizer.lr=tag(grid5,interval(1e-4,1))", sampler=GRID).size is None
    assert messages("optimizer.lr=interval(1e-4,1)") == []


def test_a_sampler_needs_something_to_search():
    assert read(sampler=GRID)[1] == []
    (message,) = messages("epochs=3")
    assert message.startswith("nothing is searched: bayes needs a key with several values")
    assert len(messages("epochs=range(3,3)")) == 1


def test_everything_is_reported_at_once():
    words = ("optimizer.lr=tag(log,interval(0,1))", "a.b=interval(3,1)", "c.d=1,1", 'e.f=tag("g=1",choice(1,2))')
    _, problems = read(*words, space={"epochs": "5"}, zip=[["x", "y"]])
    assert [problem.place for problem in problems] == [
        "sweep.space",
        words[0],
        words[1],
        "sweep.zip",
        "sweep.zip",
        words[2],
        words[3],
    ]


def test_a_secret_is_not_searched():
    (message,) = messages("dataset.api_key=s3cret-a,s3cret-b")
    assert "dataset.api_key looks like a secret" in message
