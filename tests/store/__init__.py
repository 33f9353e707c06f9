import pytest

for _name in ("contract", "contract_accept", "contract_records", "contract_workers", "other_process"):
    pytest.register_assert_rewrite(f"tests.store.{_name}")
