"""`python -m latm` is the command line."""

from latm.cli import main

if __name__ == "__main__":
    main()
