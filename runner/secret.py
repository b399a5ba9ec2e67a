"""Keeping secrets out of records: what is written to disk, shown or tracked passes through here."""

from __future__ import annotations

import re
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

LOOKS_SECRET = re.compile(r"pass(word|wd|phrase)?$|secret|token$|api_?key|credential|private_?key", re.IGNORECASE)
MASK = "***"
_USERINFO = re.compile(r"(\w+://[^/\s:@]*):[^/\s@]+@")
_QUERY = re.compile(r"([?&](?:password|passwd|sslpassword)=)[^&\s]+", re.IGNORECASE)


def mask_url(text: str) -> str:
    """Return the text with the passwords of its URLs masked: scheme://user:***@host, and ?password=***."""
    return _QUERY.sub(rf"\1{MASK}", _USERINFO.sub(rf"\1:{MASK}@", text))


def masked(cfg: DictConfig) -> dict[str, Any]:
    """Return the resolved configuration as plain values, fit to be written down.

    What comes from the environment stays the interpolation that it was, so that a resumed run reads it again;
    values of keys that look like secrets, and passwords inside URLs, become ``***``.
    """
    written = _masked(cfg)
    assert isinstance(written, dict)
    return written


def _masked(node: DictConfig | ListConfig) -> Any:
    if isinstance(node, ListConfig):
        return [_value(node, index) for index in range(len(node))]
    return {str(key): _value(node, key) for key in node}


def _value(node: DictConfig | ListConfig, key: Any) -> Any:
    if OmegaConf.is_interpolation(node, key):
        raw = OmegaConf.to_container(node, resolve=False)[key]  # type: ignore[index]
        if isinstance(raw, str) and "${oc.env:" in raw:
            return raw
    value = node[key]
    if isinstance(value, DictConfig | ListConfig):
        return _masked(value)
    if value is not None and isinstance(key, str) and LOOKS_SECRET.search(key):
        return MASK
    return mask_url(value) if isinstance(value, str) else value


def masked_override(override: str) -> str:
    """Return a command-line override with a secret value masked."""
    key, equals, value = override.partition("=")
    if equals and LOOKS_SECRET.search(key) and not value.startswith("${"):
        return f"{key}={MASK}"
    return mask_url(override)
