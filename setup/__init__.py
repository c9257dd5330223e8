"""Put refdesk and all it needs into .venv: called by the Makefile, standard library only."""
