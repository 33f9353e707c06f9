"""Real servers, started by the tests, each a process of its own."""
