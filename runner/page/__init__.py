"""Pages that open anywhere without a network: their frame, their tables, and pictures as SVG."""
