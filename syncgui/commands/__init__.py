"""The commands: each file is one command or one small family of them.

A command reads its options, uses the parts through `Application`, and prints. It imports what is heavy
inside its function, so that help and wrong usage are answered at once.
"""
