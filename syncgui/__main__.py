"""`python -m syncgui COMMAND` is what is installed as `syncgui COMMAND`."""

from syncgui.cli import main

if __name__ == "__main__":
    main()
