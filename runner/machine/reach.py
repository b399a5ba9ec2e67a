"""Whether a tracking server answers, without importing what would talk to it."""

from __future__ import annotations

import base64
import http.client
import threading
import urllib.error
import urllib.request
from urllib.parse import unquote, urlsplit, urlunsplit

TIMEOUT = 3.0
"""Seconds until a server counts as away."""


def unreachable(uri: str, timeout: float = TIMEOUT) -> str:
    """Return why the server of an http(s) URI cannot be used, empty if it says that it is well.

    MLflow's server answers ``/health``. The name's look-up, which knows no time limit, is waited for no longer than
    the rest: it goes on in a thread that ends with the process.

    Args:
        uri: May hold a user's name and a password.
        timeout: Seconds.
    """
    answers: list[str] = []
    thread = threading.Thread(target=lambda: answers.append(health(uri, timeout)), daemon=True)
    thread.start()
    thread.join(timeout + 0.5)
    return answers[0] if answers else f"no answer within {timeout:g} s"


def health(uri: str, timeout: float) -> str:
    """Ask a server how it is; see ``unreachable``."""
    try:
        with urllib.request.urlopen(request(uri), timeout=timeout):
            return ""
    except urllib.error.HTTPError as error:
        return f"it answers {error.code} {error.reason} to /health"
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except (OSError, ValueError, http.client.HTTPException) as error:  # also no address at all, or no HTTP
        reason = getattr(error, "reason", error)
        return f"no answer within {timeout:g} s" if isinstance(reason, TimeoutError) else str(reason)


def request(uri: str) -> urllib.request.Request:
    """Return the question, with name and password where HTTP wants them."""
    parts = urlsplit(uri)
    user, at, host = parts.netloc.rpartition("@")
    headers = {}
    if at:
        headers["Authorization"] = "Basic " + base64.b64encode(unquote(user).encode()).decode()
    plain = urlunsplit((parts.scheme, host, parts.path.rstrip("/") + "/health", "", ""))
    return urllib.request.Request(plain, headers=headers)
