"""Who may say what is run here: files that came from elsewhere may name the packaged parts, and nothing else."""
