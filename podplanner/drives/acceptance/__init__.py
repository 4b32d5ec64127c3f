"""Whether a drive that just came can be trusted in the place of another: pure checks."""
