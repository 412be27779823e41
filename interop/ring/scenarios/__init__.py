"""What the ring plays: one function a scenario, each given the stage, each returning its line."""
