"""Prints the pinned requirements of the given files that this Python does not have, one a line."""

import sys
from importlib import metadata


def installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def main() -> None:
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for line in file:
                requirement = line.split("#")[0].strip()
                if not requirement:
                    continue
                name, version = requirement.split("==")
                # A local suffix such as 2.15.0+cpu is the same release.
                if (installed(name) or "").split("+")[0] != version:
                    print(requirement)


if __name__ == "__main__":
    main()
