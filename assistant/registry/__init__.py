"""Which models can answer: what each was taught, what the gate said of it, and what people decided."""
