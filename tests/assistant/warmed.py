"""Imported in a process that others are forked from: the rails have been loaded once, which the next time is quick."""

import gc

from assistant.rails import Rails

_rails = Rails()
_rails.warm()
_rails.close()  # and with it the only thread
gc.collect()
gc.freeze()  # else every child copies all memory as it looks for what nobody holds
