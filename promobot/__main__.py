"""`python -m promobot`."""

from promobot.cli import main

if __name__ == "__main__":
    main()
