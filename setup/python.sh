#!/bin/sh
# Print the Python to work with: $1 where it is given, else the one of an existing .venv, else the newest supported one.

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
# Debian and Ubuntu ship Python without these two, and an environment made without them has no pip.
complete='import ensurepip, venv'

fail() {
    echo "$1" >&2
    exit 1
}

if [ -n "$1" ]; then
    "$1" -c "$supported" 2>/dev/null || fail "PYTHON=$1 is not a Python 3.11, 3.12 or 3.13: name one that is, or leave PYTHON out."
    set -- "$1"
elif .venv/bin/python -c "$supported" 2>/dev/null; then
    echo .venv/bin/python
    exit
else
    set -- python3.13 python3.12 python3.11 python3 python
fi

for candidate; do
    "$candidate" -c "$supported" 2>/dev/null || continue
    if "$candidate" -c "$complete" 2>/dev/null; then
        echo "$candidate"
        exit
    fi
    incomplete=$candidate
done

[ -z "$incomplete" ] || fail "$incomplete comes without the venv module: run 'apt install python3-venv' and then the same command again."
fail "No Python 3.11, 3.12 or 3.13 was found: install one, or name it as in 'make run PYTHON=/path/to/python3.13'."
