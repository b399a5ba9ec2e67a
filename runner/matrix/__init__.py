"""Every dataset with every model: what `runner matrix` tries, on what, and how it tells a CI server."""
