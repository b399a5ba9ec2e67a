"""Keeping secrets out of records: what of a configuration is written to disk, shown or tracked passes through here.

A value is a secret if its key looks like one, or if it came from the environment. Texts that were not made from a
configuration, such as tracebacks, are the business of ``runner.redact``.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omegaconf import DictConfig, ListConfig

MASK = "***"
_SECRET = re.compile(
    r"passw(or)?ds?$|passphrase|(^|\.|db_?|user_?|smtp_?)(pass|pwd)$|secret|token$|(api|access|private|signing)_?keys?$"
    r"|credential|authorization$|connection_?string$|webhook|dsn$",
    re.IGNORECASE,
)
_VOCABULARY = re.compile(
    r"(^|[._])(pad|eos|bos|eot|sot|unk|unknown|blank|mask|sep|cls|start|end|stop|special|next|image)_token$", re.I
)
"""Tokens of texts, which are no secrets."""
_USERINFO = re.compile(r"(\w+://[^/\s:@]*):(?!\d+(?:[/\s]|$))(?:(?!://)\S)*@")
_QUERY = re.compile(r"([?&](?:[\w-]*(?:password|passwd|secret|token|api_?key|signature)|sig)=)[^&\s]+", re.IGNORECASE)
_NAMES = r"(?:pass(?:word|wd|phrase)?|secret|token|api_?key|credential|private_?key)"
_LITERAL = re.compile(rf"({_NAMES}[\"']?\s*[:=]\s*)([\"'])[^\"'\n]+\2", re.IGNORECASE)
_BARE = re.compile(rf"^([-+ ]?[\w.\- ]*{_NAMES}(?:=|:[ ]))[^\s\"'(\[{{]+[ ]*$", re.IGNORECASE | re.MULTILINE)
_ENTRY = re.compile(r"""([\w.]+)(\s*:\s*)('[^']*'|"[^"]*"|[^,{}\s]+)""")
_VARIABLE = re.compile(r"\$\{\s*oc\.env\s*:\s*(\w+)")
_DEFAULT = re.compile(r"(\$\{\s*oc\.env\s*:\s*\w+)\s*,[^{}]*\}")
ENVIRONMENT = "oc.env"
HARMLESS = re.compile(
    r"HOME|USER|LOGNAME|PWD|OLDPWD|PATH|TMPDIR|HOSTNAME|SHELL|LANG|[A-Z_]*RANK|WORLD_SIZE|CUDA_VISIBLE_DEVICES|SLURM_\w+"
    r"|XDG_\w+|\w+_NUM_THREADS|CONDA_\w+|VIRTUAL_ENV"
)
"""Variables whose values are in every path, or tell nothing: a log without them would be of no use."""


@functools.cache
def looks_secret(key: str) -> bool:
    """Tell whether a key, dotted or not, or a variable's name, is one of something that nobody else should know."""
    return bool(_SECRET.search(key)) and not _VOCABULARY.search(key)


def mask_url(text: str) -> str:
    """Return the text with the passwords of its URLs masked: scheme://user:***@host, and ?password=***."""
    return _QUERY.sub(rf"\1{MASK}", _USERINFO.sub(rf"\1:{MASK}@", text))


def masked_override(override: str) -> str:
    """Return a command-line override with its secret values masked, also those inside of ``{key: value}``."""
    key, equals, value = override.partition("=")
    if equals and looks_secret(key) and not value.startswith("${"):
        return f"{key}={MASK}"

    def entry(found: re.Match[str]) -> str:
        name, colon, inner = found.groups()
        return f"{name}{colon}{MASK}" if looks_secret(name) and not inner.startswith("${") else found[0]

    if equals and "{" in value:
        value = _ENTRY.sub(entry, value)
    return mask_url(_DEFAULT.sub(r"\1}", key + equals + value) if looks_secret(key) else key + equals + value)


def mask_code(text: str) -> str:
    """Return lines of code, or their differences, fit to be shown: what is assigned to names of secrets is masked.

    That is a quoted text, or all of a line such as ``password: x`` and ``API_KEY=x``; an expression is code, and stays.
    """
    return mask_url(_BARE.sub(rf"\1{MASK}", _LITERAL.sub(rf"\1\2{MASK}\2", text)))


def masked(cfg: DictConfig) -> dict[str, Any]:
    """Return the resolved configuration as plain values, fit to be written down.

    What comes from the environment stays the interpolation that it was, so that a resumed run reads it again, and so
    does what refers to a secret; values of keys that look like secrets, all that lies below such a key, and passwords
    inside URLs become ``***``.
    """
    return _plain(cfg, hide=True)


def unmasked(cfg: DictConfig) -> dict[str, Any]:
    """Return the same with its secrets, but for what comes from the environment: for another process of this run."""
    return _plain(cfg, hide=False)


def secrets_of(cfg: DictConfig) -> set[str]:
    """Return the values of keys that look like secrets, as texts; those of the environment too."""
    found: set[str] = set()
    for path, _, value in _leaves(cfg):
        if isinstance(value, str | int | float) and not isinstance(value, bool) and any(map(looks_secret, path)):
            found.add(str(value))
    return found - {MASK, ""}


def hidden_in(cfg: DictConfig) -> set[str]:
    """Return what no text may show: secrets, and what comes from the environment, but for harmless variables."""
    return secrets_of(cfg) | {value for name, value in variables_of(cfg).items() if not HARMLESS.fullmatch(name)}


def variables_of(cfg: DictConfig) -> dict[str, str]:
    """Return the variables of the environment that a configuration names, and their values where they are set."""
    names = {name for _, raw, _ in _leaves(cfg) if raw for name in _VARIABLE.findall(raw)}
    return {name: os.environ[name] for name in sorted(names) if name in os.environ}


def _leaves(cfg: DictConfig) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """Yield the keys that lead to each value, its interpolation or an empty text, and it; None where there is none.

    Of a configuration in which nothing looks like a secret, as most are, none: to resolve it takes milliseconds.
    """
    from omegaconf import OmegaConf

    if _mentions(OmegaConf.to_container(cfg, resolve=False)):
        yield from _below(cfg, ())


def _mentions(node: Any) -> bool:
    """Tell whether plain values have a key that looks like a secret, or read the environment."""
    if isinstance(node, dict):
        return any(looks_secret(str(key)) or _mentions(value) for key, value in node.items())
    return any(map(_mentions, node)) if isinstance(node, list) else isinstance(node, str) and ENVIRONMENT in node


def _below(node: DictConfig | ListConfig, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    from omegaconf import DictConfig, ListConfig
    from omegaconf.errors import OmegaConfBaseException

    for key in range(len(node)) if isinstance(node, ListConfig) else list(node):
        raw, value = _raw(node, key), None
        with contextlib.suppress(OmegaConfBaseException):  # missing, or a variable that is not set: not for us to tell
            value = node[key]
        if isinstance(value, DictConfig | ListConfig):
            yield from _below(value, (*path, str(key)))
        else:
            yield (*path, str(key)), raw, value


def _raw(node: DictConfig | ListConfig, key: Any) -> str:
    """Return the interpolation that a value is; empty if it is none."""
    from omegaconf import OmegaConf

    if not OmegaConf.is_interpolation(node, key):
        return ""
    return str(OmegaConf.to_container(node, resolve=False)[key])  # type: ignore[index]


def _plain(cfg: DictConfig, hide: bool) -> dict[str, Any]:
    from omegaconf import DictConfig, ListConfig

    secrets = secrets_of(cfg)
    foreign = set(variables_of(cfg).values())
    foreign |= {str(value) for _, raw, value in _leaves(cfg) if ENVIRONMENT in raw}

    def kept(text: Any) -> bool:
        """Whether what an interpolation leads to is a secret, or has one in it, or came from the environment."""
        if not isinstance(text, str | int | float):
            return False
        return any(_within(secret, str(text)) for secret in (foreign | secrets if hide else foreign))

    def value(node: DictConfig | ListConfig, key: Any, under: bool) -> Any:
        under = under or (isinstance(key, str) and looks_secret(key))
        raw = _raw(node, key)
        if ENVIRONMENT in raw:
            return (mask_url(_DEFAULT.sub(r"\1}", raw) if under else raw)) if hide else raw
        found = node[key]
        if isinstance(found, DictConfig | ListConfig):
            return tree(found, under)
        if raw and kept(found):
            return raw
        if not hide or found is None or isinstance(found, bool) or str(key).startswith("_"):
            return found
        if under:
            return MASK
        return text(found) if isinstance(found, str) else found

    def text(found: str) -> str:
        for secret in secrets:
            if _within(secret, found):
                found = found.replace(secret, MASK)
        return mask_url(found)

    def tree(node: DictConfig | ListConfig, under: bool) -> Any:
        if isinstance(node, ListConfig):
            return [value(node, index, under) for index in range(len(node))]
        return {str(key): value(node, key, under) for key in node}

    plain = tree(cfg, False)
    assert isinstance(plain, dict)
    return plain


def _within(secret: str, text: str) -> bool:
    """Tell whether a text gives a secret away; a short one may be part of it by chance."""
    return secret == text or (len(secret) >= 6 and secret in text)
