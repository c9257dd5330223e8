"""Look-up of chunks: dense in Chroma, lexical in the catalogue's full text."""
