"""`python -m assistant` is `refdesk`."""

from assistant.cli import main

main()
