"""Where the files of a published dataset are: the user's folder, a system package, the cache, or only the net."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.dataset.download import cache, fetch


@dataclass(frozen=True)
class Home:
    """Where a dataset lies, in torchvision's layout, and where it is published.

    Attributes:
        title: For messages.
        inner: The folder, below the one that torchvision is given, that holds the files; "" if there is none between.
        url: Of the folder that holds the published files.
        digests: ``md5:...`` or ``sha256:...`` of each published file, by its name.
        unpacked: The digests are of what the gzip files hold.
        package: Where a package of the operating system puts the files.
    """

    title: str
    inner: str
    url: str
    digests: Mapping[str, str]
    unpacked: bool = False
    package: Path | None = None

    def find(self, folder: str | None, download: bool, *names: str) -> Path:
        """Return the first file or folder of these names.

        Args:
            folder: The only place to look in. Without it: the system package, then the cache.
            download: Fetch it into the cache if it is nowhere; never into a folder that the user named.
            names: What would do, the best first, the published file last.

        Raises:
            ValueError: It is nowhere; the message says where it was looked for.
        """
        places = [Path(folder).expanduser()] if folder else [*([self.package] if self.package else []), cache()]
        for place in places:
            for inside in (place, place / self.inner):
                for name in names:
                    if (inside / name).exists():
                        return inside / name
        published = names[-1]
        if download and not folder:
            path = cache() / self.inner / published
            return fetch(f"{self.url}/{published}", path, self.digests[published], unpacked=self.unpacked)
        looked = " and ".join(str(place) for place in places)
        raise ValueError(f"{self.title} is not in {looked}: {' or '.join(names)} is missing (see dataset.folder)")
