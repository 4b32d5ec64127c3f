"""Arrays: which drives keep data together, and how many more of them may go."""
