"""From a need to the pods that answer it."""
