"""What turns text into vectors and tokens: embedding, chat backends, model files."""
