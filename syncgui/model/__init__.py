"""What the records say, decided without any input or output.

Everything here is a pure function or a frozen value: reading a representation document in any of its
generations, the status of a file, where a path leads, what an edit changes in a document, and the one
family of errors with its texts. Nothing of ours is imported.
"""
