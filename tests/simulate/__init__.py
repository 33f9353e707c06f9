"""Deterministic simulation of the whole engine: many programs, one seed.

Real are loop, slots, planner, recorder, recovery, transfers, the rules of claiming and recording, the index
and the state file. Simulated are time, threads, chance, the file system, the database server, the workers'
heartbeats, and a remote provider. See `python -m tests.simulate --help`.
"""
