"""Where the packaged ``conf/`` and ``recipes/`` are: beside the package in a checkout, inside it in a wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder ``conf`` or ``recipes`` that belongs to this installation."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


CONF = shipped("conf")
RECIPES = shipped("recipes")


def all_recipes() -> dict[str, Path]:
    """Return the recipes in this folder's ``recipes/`` and those that come with the package, by the path to type."""
    packaged = {f"recipes/{path.relative_to(RECIPES)}": path for path in RECIPES.rglob("*.yaml")}
    return dict(sorted((packaged | {str(path): path for path in Path("recipes").rglob("*.yaml")}).items()))
