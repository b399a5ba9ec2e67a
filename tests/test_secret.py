from omegaconf import OmegaConf

from runner.secret import mask_url, masked, masked_override


def test_secrets_are_masked_and_the_environment_stays_an_interpolation(monkeypatch):
    monkeypatch.setenv("HIDDEN", "hunter2")
    cfg = OmegaConf.create(
        {
            "token": "${oc.env:HIDDEN}",
            "list": ["${oc.env:HIDDEN}", {"api_key": "abc", "empty_password": None}],
            "db_password": "abc",
            "uri": "postgresql://me:abc@host/db",
            "width": 3,
            "twice": "${width}",
            "tokens": 5,
        }
    )
    written = masked(cfg)
    assert written == {
        "token": "${oc.env:HIDDEN}",
        "list": ["${oc.env:HIDDEN}", {"api_key": "***", "empty_password": None}],
        "db_password": "***",
        "uri": "postgresql://me:***@host/db",
        "width": 3,
        "twice": 3,
        "tokens": 5,
    }
    assert "hunter2" not in str(written)
    assert "abc" not in str(written)


def test_overrides_and_addresses():
    assert masked_override("dataset.api_key=abc") == "dataset.api_key=***"
    assert masked_override("callback.mlflow.uri=http://a:b@host") == "callback.mlflow.uri=http://a:***@host"
    assert masked_override("optimizer.lr=0.1") == "optimizer.lr=0.1"
    assert masked_override("~callback.mlflow") == "~callback.mlflow"
    assert mask_url("sqlite:///a/b.db") == "sqlite:///a/b.db"


def test_a_password_in_a_query_is_masked():
    assert mask_url("postgresql://h/db?user=u&password=s3cret&x=1") == "postgresql://h/db?user=u&password=***&x=1"
