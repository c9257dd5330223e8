"""Documents into an index: sources, parsing, chunking, jobs, catalogue, index."""
