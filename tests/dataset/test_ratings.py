import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.dataset.ratings import NOISE, match, ratings


def rows(data):
    splits = data.load()
    parts = (splits.train, splits.valid, splits.test)
    return [(*pair, stars) for p in parts for pair, stars in zip(p.inputs.tolist(), p.targets.tolist(), strict=True)]


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "r.csv").write_text(text, encoding="utf-8")
        return str(tmp_path / "r.csv")

    return write


EXPECTED = [(0, 1, 3.0), (1, 0, 4.5), (1, 2, 1.0), (2, 1, 2.0)]


@pytest.mark.parametrize(
    "text",
    [
        "196\t242\t3\t881250949\n200\t9\t4.5\t8\n200\t1000\t1\t8\n1000\t242\t2\t8\n",  # as in u.data
        "userId,movieId,rating,timestamp\n196,242,3,9\n200,9,4.5,9\n200,1000,1.0,9\n1000,242,2,9\n",
        "rating;item;user\n3;b;x\n4,5;a;y\n1;c;y\n2;b;z\n",
        "timestamp,Item_ID,USER,rating\n1,02,a,3\n1,01,b,4.5\n1,03,b,1\n1,02,c,2\n",
    ],
)
def test_users_and_items_are_numbered_in_their_order(write, text):
    data = ratings(write(text), item="movie" if "movie" in text else "item")
    assert sorted(rows(data)) == EXPECTED
    assert data.facts() == {"in_shape": (2,), "classes": 1, "vocabulary": 0, "next_token": False, "sizes": (3, 3)}
    assert (data.task, data.classes) == ("rating", ())


def test_tensors_are_what_a_model_of_ratings_wants():
    data = ratings(valid=0.2, test=0.25)
    splits = data.load()
    assert [len(part) for part in (splits.train, splits.valid, splits.test)] == [7200, 1800, 3000]
    assert (splits.train.inputs.dtype, splits.train.targets.dtype) == (torch.int64, torch.float32)
    assert (splits.train.inputs.max(0).values < torch.tensor(data.sizes)).all()
    assert splits.source == "made here"


def test_the_made_ratings_are_half_stars_of_a_low_rank():
    data = ratings()
    found = torch.tensor(rows(data))
    assert data.sizes == (300, 200)
    assert len({(u, i) for u, i, _ in found.tolist()}) == len(found) == 12_000
    stars = found[:, 2]
    assert set((stars * 2).tolist()) <= set(range(1, 11))
    assert 2.8 < stars.mean() < 3.2
    # users and items as categories explain a part of it; factors have to explain the rest down to the noise
    users, items = found[:, 0].long(), found[:, 1].long()
    counts = torch.zeros(300).index_add(0, users, torch.ones(12_000))
    means = torch.zeros(300).index_add(0, users, stars) / counts
    seen = torch.zeros(200).index_add(0, items, torch.ones(12_000))
    residual = stars - means[users]
    residual = residual - (torch.zeros(200).index_add(0, items, residual) / seen)[items]
    assert residual.std() > 1.3 * NOISE


def test_the_same_numbers_on_every_call_and_the_seed_splits_them():
    assert ratings().load().fingerprint == ratings().load().fingerprint != ratings(split_seed=1).load().fingerprint
    assert sorted(rows(ratings())) == sorted(rows(ratings(split_seed=1)))


def test_match():
    assert match("user", ["userId", "movieId"]) == "userId"
    assert match("user", ["user", "user_id"]) == "user"
    assert match("user", ["userId", "USER_ID"]) == "user"  # two: not for us to choose
    assert match("item", ["userId", "movieId"]) == "item"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("userId,movieId,rating\n1,2,3\n", "dataset.item=item: .* has no such column"),
        ("1,2\n1,3\n", "2 columns, ratings need three"),
        ("user,item,rating\n1,2,3\n1,,3\n", "line 3: item is missing"),
        ("user,item,rating\n1,2,3\n1,2,?\n", "line 3: rating is missing"),
        ("user,item,rating\n1,2,3\n1,2,good\n", "line 3: 'good' in column rating"),
        ("user,item,rating\n1,2,inf\n", "line 2: rating is inf"),
        ("", "is empty"),
        (" , \n", "no table"),
    ],
)
def test_mistakes_are_named(write, text, reason):
    with pytest.raises(ValueError, match=reason):
        ratings(write(text))


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='ab1.e- ,;\t\n\r"', max_size=60))
def test_any_text_is_ratings_or_refused(write, text):
    try:
        data = ratings(write(f"1,2,3\n{text}"))
        splits = data.load()
    except ValueError as error:
        assert str(error)  # noqa: PT017  # the only error there may be
    else:
        assert torch.isfinite(splits.train.targets).all()


@pytest.mark.parametrize("header", [True, False])
def test_other_pairs_get_the_numbers_of_training(tmp_path, write, header):
    data = ratings(
        write("userId,movie,stars\n7,x,3\n10,y,4\n9,x,1\n10,z,5\n"), item="movie", rating="stars", valid=0, test=0
    )
    head = "movie,user_id\n" if header else ""
    wanted = [("10", "z"), ("7", "x")]
    (tmp_path / "new.csv").write_text(head + "\n".join(",".join(row[::-1] if header else row) for row in wanted))
    names, found = data.encode([str(tmp_path / "new.csv")])
    assert names == [{"user": user, "item": item} for user, item in wanted]
    assert torch.equal(found, data.load().train.inputs[[3, 0]])


def test_pairs_of_made_ratings(tmp_path):
    new, encode = tmp_path / "new.csv", ratings().encode
    new.write_text("user,item,rating\n299,0,1\n0,199,2\n")
    assert encode([str(new)])[1].tolist() == [[299, 0], [0, 199]]
    new.write_text("user,item\n0,1\n300,1\n")
    with pytest.raises(ValueError, match=r"new\.csv, line 3: user 300 was not in the training file"):
        encode([str(new)])
    new.write_text("user\n1\n")
    with pytest.raises(ValueError, match="pairs need two: user, item"):
        encode([str(new)])
