"""Reads the recipes of `pare train` as far as they are written in Recipes/: keys and values on two levels."""

import json
import pathlib


def value(text: str):
    """A number, a list of numbers, or the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def read(path: pathlib.Path) -> dict:
    """The recipe as nested dictionaries."""
    recipe, section = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, text = (part.strip() for part in line.split(":", 1))
        target = section if line.startswith(" ") else recipe
        if text:
            target[key] = value(text)
        else:
            section = target[key] = {}
    return recipe
