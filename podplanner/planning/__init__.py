"""What a pod costs and what it can do: pure functions on a pod."""
