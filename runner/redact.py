"""Keeping secrets out of texts that nobody has made for that: logs, tracebacks, reasons, patches.

What is a secret is told once, by ``remember``; from then on ``redacted`` takes it out of whatever passes.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from runner.secret import HARMLESS, MASK, looks_secret, mask_url

SHORTEST = 6
"""Characters of a value that is taken out of texts: a shorter one is part of too many words."""
KNOWN_FORMS = re.compile(
    r"\b(AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,}|sk-[\w-]{20,}"
    r"|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|eyJ[\w-]{6,}\.eyJ[\w-]{6,}\.[\w-]+)"
)
"""Keys of well-known services, which begin with a sign of their own."""
PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
LITERAL = re.compile(r"""([\w.-]+)(["']?\s*[:=]\s*)(["'])((?:(?!\3).)+)\3""")
SETTING = re.compile(
    r"^([-+ ]?\s*(?:-\s+|export\s+)?[\"']?)([\w.-]+)([\"']?\s*[:=]\s*)(?![\"'\s])(\S.*)$", re.MULTILINE
)
SETTINGS = (".yaml", ".yml", ".env", ".ini", ".cfg", ".conf", ".toml", ".properties")
"""Files in which a value needs no quotation marks."""

_known: set[str] = set()


def remember(values: Iterable[str]) -> None:
    """Take these, and the secrets of this process's environment, out of texts from now on.

    Args:
        values: As ``runner.secret.hidden_in`` finds them in a configuration.
    """
    secret = [name for name in os.environ if looks_secret(name) and not HARMLESS.fullmatch(name)]  # PWD is a folder
    environment = {os.environ[name] for name in secret}
    environment |= {password_of(value) for value in os.environ.values()}
    found = {value for value in {*values, *environment} if len(value) >= SHORTEST}
    _known.update(found, map(unquote, found), map(quote, found))


def password_of(text: str) -> str:
    """Return the password of a URL; empty if there is none."""
    if "://" not in text:
        return ""
    try:
        return urlsplit(text).password or ""
    except ValueError:
        return ""


def redacted(text: str) -> str:
    """Return the text without the secrets that are known, the passwords of URLs and what looks like a service's key."""
    for secret in sorted(_known, key=len, reverse=True):  # one may be part of another
        text = text.replace(secret, MASK)
    return PRIVATE_KEY.sub(rf"\1{MASK}\2", KNOWN_FORMS.sub(MASK, mask_url(text)))


def redacted_tree(value: Any, under: bool = False) -> Any:
    """Return plain values with every text in them redacted; of keys that look like secrets only references stay.

    Args:
        value: What JSON and YAML can hold.
        under: Whether it is the value of such a key.
    """
    if isinstance(value, str):
        return MASK if under and _is_value(value) else redacted(value)
    if isinstance(value, Mapping):
        return {key: redacted_tree(item, under or looks_secret(str(key))) for key, item in value.items()}
    return [redacted_tree(item, under) for item in value] if isinstance(value, list | tuple) else value


def redacted_patch(patch: str) -> str:
    """Return what ``git diff`` says without what is assigned to names that look like secrets."""
    files = re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)
    return redacted("".join(map(_of_file, files)))


def _of_file(patch: str) -> str:
    def literal(found: re.Match[str]) -> str:
        name, equals, quote, value = found.groups()
        return f"{name}{equals}{quote}{MASK}{quote}" if looks_secret(name) and _is_value(value) else found[0]

    def setting(found: re.Match[str]) -> str:
        before, name, equals, value = found.groups()
        return f"{before}{name}{equals}{MASK}" if looks_secret(name) and _is_value(value) else found[0]

    patch = LITERAL.sub(literal, patch)
    name = patch.partition("\n")[0].rstrip().rstrip('"')
    return SETTING.sub(setting, patch) if name.endswith(SETTINGS) or "/.env" in name else patch


def _is_value(text: str) -> bool:
    """Tell a value from a reference to one, which may stay."""
    return text not in ("null", "None", "true", "false", MASK) and not text.startswith(("${", "$"))


class Redacting(logging.Formatter):
    """A formatter of a log that holds no secret, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))
