"""`cross version`: which Cross this is."""

import platform
from importlib.metadata import version as version_of

from cross.cli.options import command
from cross.cli.screen import Screen


@command
def version(screen: Screen) -> None:
    """Print the version of Cross."""
    cross, python = version_of("cross-switch"), platform.python_version()
    screen.say(fr=f"Cross {cross} (Python {python})", en=f"Cross {cross} (Python {python})")
    screen.document({"version": cross, "python": python})
