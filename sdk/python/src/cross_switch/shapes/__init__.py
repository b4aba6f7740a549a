"""What Cross answers, as frozen dataclasses."""
