"""Reports: a bill or a reading in words, as a page, as text and as records."""
