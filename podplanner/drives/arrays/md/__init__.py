"""The state of Linux software RAID, as /proc/mdstat tells it."""
