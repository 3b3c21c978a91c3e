"""What the humans who run an economy can see and do, by area."""
