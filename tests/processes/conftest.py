"""The studio of the engine's tests, for whole programs."""

from tests.engine.conftest import studio

__all__ = ["studio"]
