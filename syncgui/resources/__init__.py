"""Icons of the application, as files."""
