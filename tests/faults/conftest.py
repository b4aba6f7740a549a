"""The tills of the API's tests, for what people and strangers do."""

from tests.api.conftest import till

__all__ = ["till"]
