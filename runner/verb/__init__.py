"""Verbs: one file each, ``main(argv) -> exit code``, imported only when it is called."""
