"""The model lab: from rows that people approved to a model that is shown to be better, promoted and taken back."""
