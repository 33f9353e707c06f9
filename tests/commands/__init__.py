"""The program as a user meets it: run as a process of its own, with nothing of the machine around it."""
