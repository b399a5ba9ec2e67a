"""Debug presets: shortened runs."""
