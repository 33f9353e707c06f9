"""syncgui keeps published files in step between the sites of a studio."""

__version__ = "0.1.0"
