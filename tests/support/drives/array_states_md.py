"""/proc/mdstat of machines that nobody has."""

END = "unused devices: <none>\n"


def mdstat(*arrays):
    """Return the whole text."""
    return "Personalities : [raid1] [raid6] [raid5] [raid4] [raid10]\n" + "\n".join(arrays) + END


def md(name="md0", level="raid6", members="sda[0] sdb[1] sdc[2] sdd[3] sde[4] sdf[5]", *,
       use="UUUUUU", extra="", progress="", state="active"):  # fmt: skip
    """Return an entry; `use` is the map of members in use, empty: the level has none."""
    count = f" [{len(use)}/{use.count('U')}] [{use}]" if use else ""
    lines = [
        f"{name} : {state} {level} {members}",
        f"      15627544576 blocks super 1.2 {extra}{count}",
    ]
    if progress:
        lines.append(f"      {progress}")
    return "\n".join(lines) + "\n      \n"


RECOVERY = ("[==>..................]  recovery = 12.6% (492352/3906886144) finish=127.5min "
            "speed=33440K/sec")  # fmt: skip
CHECK = "[>....................]  check =  2.1% (82044608/3906886144) finish=512.0min speed=1K/sec"
