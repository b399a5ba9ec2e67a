import pytest
from omegaconf import OmegaConf

from runner.secret import hidden_in, looks_secret, mask_code, mask_url, masked, masked_override, unmasked


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
            "pad_token": "<pad>",
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
        "pad_token": "<pad>",
    }
    assert "hunter2" not in str(written)
    assert "abc" not in str(written)


WAYS_AROUND = {
    "a reference to a variable": ({"a": "${oc.env:HIDDEN}", "b": "${a}"}, {"a": "${oc.env:HIDDEN}", "b": "${a}"}),
    "a text with a variable in it": ({"a": "${oc.env:HIDDEN}", "b": "x-${a}"}, None),
    "a reference to a node": ({"a": {"x": "${oc.env:HIDDEN}"}, "b": "${a}"}, None),
    "a reference to a secret": ({"api_key": "hunter2", "b": "${api_key}"}, {"api_key": "***", "b": "${api_key}"}),
    "a text around a secret": ({"api_key": "hunter2", "b": "u=${api_key}"}, None),
    "the same value, typed twice": ({"api_key": "hunter2", "b": "--key=hunter2"}, {"api_key": "***", "b": "--key=***"}),
    "below a secret": ({"credentials": {"user": "hunter2", "n": [7, "hunter2"]}}, None),
    "a list of secrets": ({"passwords": ["hunter2", "b"]}, {"passwords": ["***", "***"]}),
    "a variable's default": ({"token": "${oc.env:NONE,hunter2}"}, {"token": "${oc.env:NONE}"}),
    "a variable's default that is a URL": (
        {"uri": "${oc.env:NONE,http://u:hunter2@h}"},
        {"uri": "${oc.env:NONE,http://u:***@h}"},
    ),
    "a name in the environment": ({"which": "HIDDEN", "b": "${oc.env:${which}}", "c": "${b}"}, None),
    "a decoded variable": ({"a": "${oc.decode:${oc.env:HIDDEN}}", "b": "${a}"}, None),
    "a number": ({"secret": 1234567}, {"secret": "***"}),
}


@pytest.mark.parametrize(("written", "expected"), WAYS_AROUND.values(), ids=WAYS_AROUND.keys())
def test_no_way_leads_around(written, expected, monkeypatch):
    monkeypatch.setenv("HIDDEN", "hunter2")
    monkeypatch.delenv("NONE", raising=False)
    found = masked(OmegaConf.create(written))
    assert "hunter2" not in str(found)
    assert "1234567" not in str(found)
    assert expected is None or found == expected


def test_what_was_written_can_be_read_again(monkeypatch):
    monkeypatch.setenv("HIDDEN", "hunter2")
    written = masked(OmegaConf.create({"a": {"x": "${oc.env:HIDDEN}"}, "b": "${a.x}", "c": "${a}", "d": "x-${b}"}))
    again = OmegaConf.to_container(OmegaConf.create(written), resolve=True)
    assert again == {"a": {"x": "hunter2"}, "b": "hunter2", "c": {"x": "hunter2"}, "d": "x-hunter2"}


def test_another_process_of_the_run_gets_the_secrets_but_not_the_environment(monkeypatch):
    monkeypatch.setenv("HIDDEN", "hunter2")
    cfg = OmegaConf.create(
        {"api_key": "abc", "token": "${oc.env:HIDDEN}", "width": 3, "twice": "${width}", "u": "${token}"}
    )
    handed = unmasked(cfg)
    assert handed == {"api_key": "abc", "token": "${oc.env:HIDDEN}", "width": 3, "twice": 3, "u": "${token}"}
    assert masked(OmegaConf.create(handed)) == masked(cfg), "or its hash would be another one there"


def test_what_no_text_may_show(monkeypatch):
    monkeypatch.setenv("HIDDEN", "hunter2")
    monkeypatch.setenv("HOME", "/home/someone")
    cfg = OmegaConf.create({"root": "${oc.env:HOME}/data", "x": "${oc.env:HIDDEN}", "api_key": "abcdef", "n": 3})
    assert hidden_in(cfg) == {"hunter2", "abcdef"}
    assert hidden_in(OmegaConf.create({"x": "???", "y": "${oc.env:NOT_SET_ANYWHERE}", "z": None})) == set()


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "db_password",
        "PGPASSWORD",
        "passwords",
        "passphrase",
        "secret",
        "client_secret",
        "token",
        "HF_TOKEN",
        "dataset.token",
        "api_key",
        "apikey",
        "api_keys",
        "AWS_SECRET_ACCESS_KEY",
        "credentials",
        "private_key",
        "db_pass",
        "user.pwd",
        "webhook_url",
        "authorization",
        "sentry_dsn",
    ],
)
def test_keys_that_look_like_secrets(key):
    assert looks_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "tokens",
        "pad_token",
        "dataset.eos_token",
        "mask_token",
        "tokenizer",
        "max_tokens",
        "passes",
        "forward_pass",
        "bypass",
        "key",
        "monkey",
        "keys",
        "optimizer.lr",
        "compass",
    ],
)
def test_keys_that_do_not(key):
    assert not looks_secret(key)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("dataset.api_key=abc", "dataset.api_key=***"),
        ("dataset.api_key='${oc.env:X}'", "dataset.api_key=***"),
        ("dataset.api_key=${oc.env:X}", "dataset.api_key=${oc.env:X}"),
        ("dataset.api_key=${oc.env:X,abc}", "dataset.api_key=${oc.env:X}"),
        ("dataset={name: x, api_key: abc, n: 3}", "dataset={name: x, api_key: ***, n: 3}"),
        ("dataset={name: x, api_key: 'a b,c', n: {token: 3}}", "dataset={name: x, api_key: ***, n: {token: ***}}"),
        ("callback.mlflow.uri=http://a:b@host", "callback.mlflow.uri=http://a:***@host"),
        ("optimizer.lr=0.1", "optimizer.lr=0.1"),
        ("~callback.mlflow", "~callback.mlflow"),
    ],
)
def test_overrides(typed, shown):
    assert masked_override(typed) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///a/b.db", "sqlite:///a/b.db"),
        ("http://host:5000/a@b", "http://host:5000/a@b"),
        ("postgresql+psycopg://u:s3cret@h/db", "postgresql+psycopg://u:***@h/db"),
        ("postgresql://u:s3cr@t/x@h/db", "postgresql://u:***@h/db"),
        ("from http://u:s3cret@h to http://v:s3cret@i.", "from http://u:***@h to http://v:***@i."),
        ("postgresql://h/db?user=u&password=s3cret&x=1", "postgresql://h/db?user=u&password=***&x=1"),
        ("https://h/f?X-Amz-Signature=s3cret&sig=s3cret", "https://h/f?X-Amz-Signature=***&sig=***"),
        ("https://h/f?access_token=s3cret", "https://h/f?access_token=***"),
    ],
)
def test_addresses(url, shown):
    assert mask_url(url) == shown


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('+api_key = "hunter2"', '+api_key = "***"'),
        ("  'db_password': 'hunter2',", "  'db_password': '***',"),
        ("+password: hunter2", "+password: ***"),
        ("-HF_TOKEN=hunter2", "-HF_TOKEN=***"),
        ("url = postgresql://me:hunter2@db/x", "url = postgresql://me:***@db/x"),
        ("+    self.token = token", "+    self.token = token"),
        ("+tokens = 5", "+tokens = 5"),
        ("+password = read(path)", "+password = read(path)"),
    ],
)
def test_what_is_assigned_to_a_secret_in_code_is_masked_and_code_is_not(line, shown):
    text = f"a = 1\n{line}\nb = 2"
    assert mask_code(text) == f"a = 1\n{shown}\nb = 2"
