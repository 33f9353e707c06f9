import pytest

# Its assertions are to tell what they compared, though its name is not that of a test module.
pytest.register_assert_rewrite("tests.providers.contract")
