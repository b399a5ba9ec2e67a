"""Python runs this when it starts, if this folder is on its path: once torch is imported, kernels are emulated."""

import importlib.abc
import importlib.machinery
import sys


class WithTorch(importlib.abc.MetaPathFinder):
    """Finds torch as ever, once, and enters the emulation when it has been imported."""

    def find_spec(self, name, path, target=None):
        if name != "torch":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        imported = spec.loader.exec_module

        def execute(module):
            imported(module)
            import kernels

            kernels.enter()

        spec.loader.exec_module = execute
        return spec


sys.meta_path.insert(0, WithTorch())
