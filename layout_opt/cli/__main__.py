"""`python -m layout_opt.cli`: the command line without its script."""

from layout_opt.cli import main

main()
