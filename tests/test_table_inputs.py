"""Tables as inputs: prepared as the training rows were."""

import pytest
import torch

from runner.dataset import csv, ratings
from runner.made import file_of_rows
from runner.table_inputs import one_file, pairs, some, table


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file_of_rows(tmp_path / "rows.csv")
    return tmp_path


def test_rows_of_a_table_with_columns_in_another_order_and_no_target(here):
    keys = {"path": "rows.csv", "target": "ripe", "valid": 0.0, "test": 0.0}
    lines = [line.split(",") for line in (here / "rows.csv").read_text().splitlines()]
    (here / "new.csv").write_text("\n".join(f"{colour},{width},{height}" for width, height, colour, _ in lines))
    names, found = table(["new.csv"], csv.csv(**keys).encode)
    assert torch.equal(found, csv.csv(**keys).load().train.inputs)
    assert [name["row"] for name in names] == list(range(1, 41))
    (here / "less.csv").write_text("width,colour\n1,red\n")
    with pytest.raises(ValueError, match=r"less\.csv has no such column"):
        table(["less.csv"], csv.csv(**keys).encode)


@pytest.mark.parametrize("header", [True, False])
def test_pairs_by_the_numbers_of_training(here, header):
    (here / "known.csv").write_text("userId,movie,stars\n7,x,3\n10,y,4\n9,x,1\n10,z,5\n")
    keys = {"path": "known.csv", "item": "movie", "rating": "stars", "valid": 0.0, "test": 0.0}
    stored = ratings.ratings(**keys).load().train.inputs
    head = "movie,user_id\n" if header else ""
    rows = [("10", "z"), ("7", "x")]
    (here / "new.csv").write_text(head + "\n".join(",".join(row[::-1] if header else row) for row in rows))
    names, found = pairs(["new.csv"], keys)
    assert names == [{"user": user, "item": item} for user, item in rows]
    assert torch.equal(found, stored[[3, 0]])


def test_pairs_of_made_ratings(here):
    (here / "new.csv").write_text("user,item,rating\n299,0,1\n0,199,2\n")
    _, found = pairs(["new.csv"], {})
    assert found.tolist() == [[299, 0], [0, 199]]
    (here / "new.csv").write_text("user,item\n0,1\n300,1\n")
    with pytest.raises(ValueError, match=r"new\.csv, line 3: user 300 was not in the training file"):
        pairs(["new.csv"], {})
    (here / "new.csv").write_text("user\n1\n")
    with pytest.raises(ValueError, match="pairs need two: user, item"):
        pairs(["new.csv"], {})


def test_one_file_that_is_there():
    with pytest.raises(ValueError, match="one table at a time, got 2"):
        one_file(["rows.csv", "rows.csv"])
    with pytest.raises(ValueError, match=r"gone\.csv \(no such file\)"):
        one_file(["gone.csv"])
    assert some(list("abcdefg")) == "a, b, c, d, e and 2 more"
