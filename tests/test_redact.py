import json
import logging

import pytest

from runner import redact
from runner.redact import Redacting, redacted, redacted_patch, redacted_tree, remember


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(redact, "_known", set())


def test_what_is_known_is_taken_out_in_every_spelling(monkeypatch):
    monkeypatch.setenv("OF_SOME_SERVICE_TOKEN", "t0ken-of-the-environment")
    monkeypatch.setenv("SOME_STORE", "http://user:p%40ssword@host")
    remember(["hunter2!", "hunter2!-and-more", "short"])
    text = "hunter2! hunter2%21 hunter2!-and-more t0ken-of-the-environment p@ssword p%40ssword short"
    assert redacted(text) == "*** *** *** *** *** *** short"


def test_the_working_directory_is_no_password(monkeypatch):
    monkeypatch.setenv("PWD", "/home/me/project")
    monkeypatch.setenv("MY_DB_PWD", "hunter2-hunter2")
    remember([])
    assert redacted("/home/me/project/mynet.py hunter2-hunter2") == "/home/me/project/mynet.py ***"


@pytest.mark.parametrize(
    "key",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a1" * 18,
        "hf_" + "Ab" * 17,
        "sk-" + "a1" * 20,
        "xoxb-" + "1" * 12,
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSM",
    ],
)
def test_keys_of_services_are_known_by_their_form(key):
    assert redacted(f"with {key}: refused") == "with ***: refused"


def test_a_private_key_is_no_text():
    begun, ended = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert redacted(f"a\n{begun}\nMIIE\nabc\n{ended}\nb") == f"a\n{begun}***{ended}\nb"
    assert redacted(f"{begun}\nMIIE") == f"{begun}***"


def test_a_traceback_in_a_log_holds_no_secret():
    remember(["hunter2hunter2"])
    try:
        raise ValueError("refused: hunter2hunter2 at http://user:other@host")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", 40, "f", 1, "no %s", ("hunter2hunter2",), __import__("sys").exc_info()
        )
    text = Redacting("%(message)s").format(record)
    assert "hunter2" not in text
    assert "other" not in text
    assert text.startswith("no ***\nTraceback")
    assert "ValueError: refused: *** at http://user:***@host" in text


def test_plain_values_keep_their_form():
    remember(["hunter2"])
    value = {"a": ["hunter2", 3, None], "b": {"c": "x hunter2"}, "d": 0.5, "e": ("hunter2",), "token": ["x", "${y}"]}
    found = redacted_tree(value)
    assert found == {"a": ["***", 3, None], "b": {"c": "x ***"}, "d": 0.5, "e": ["***"], "token": ["***", "${y}"]}
    json.dumps(found)


PATCH = """diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,4 +1,5 @@
-    api_key = "s3cret-old"
+    api_key = 's3cret-new'
+    token: str = None, width=3
+    pad_token = "<pad>"
+    connect("postgresql://me:s3cret@host/db", password="s3cret", user="me")
+    token = tokenize(text)
diff --git a/conf/data.yaml b/conf/data.yaml
--- a/conf/data.yaml
+++ b/conf/data.yaml
@@ -1,2 +1,3 @@
-  password: s3cret
+  - api_key: s3cret # ours
+  token: ${oc.env:TOKEN}
+  width: 3
diff --git a/.env b/.env
--- a/.env
+++ b/.env
@@ -1 +1 @@
+export HF_TOKEN=s3cret
"""


def test_a_patch_tells_no_secret_and_all_the_rest():
    shown = redacted_patch(PATCH)
    assert "s3cret" not in shown
    assert len(shown.splitlines()) == len(PATCH.splitlines())
    kept = [line for line in PATCH.splitlines() if "s3cret" not in line]
    assert [line for line in shown.splitlines() if "***" not in line] == kept
    assert redacted_patch("") == ""


def test_where_one_is_is_no_password(monkeypatch):
    monkeypatch.setenv("PWD", "/home/of/somebody")
    monkeypatch.setenv("OLDPWD", "/home/of/another")
    remember([])
    assert redacted("/home/of/somebody/net.py, /home/of/another") == "/home/of/somebody/net.py, /home/of/another"
