"""Copy a folder to a bucket and back with obstore, sixteen requests at once.

Usage: python by_obstore.py push|pull BUCKET PREFIX FOLDER
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import obstore
from obstore.store import S3Store

do, bucket, prefix, place = sys.argv[1:]
folder = Path(place)
RANGE = 16 * 2**20
AT_ONCE = 16
store = S3Store(
    bucket,
    prefix=prefix,
    endpoint=os.environ["AWS_ENDPOINT_URL"],
    client_options={"allow_http": True},
)


def push(path: Path) -> None:
    name = str(path.relative_to(folder))
    obstore.put(store, name, path, chunk_size=RANGE, max_concurrency=4)


def pull(job: tuple[int, str, int, int]) -> None:
    file, name, start, end = job
    content = obstore.get_range(store, name, start=start, end=end)
    os.pwrite(file, content, start)


with ThreadPoolExecutor(AT_ONCE) as pool:
    if do == "push":
        list(pool.map(push, [path for path in folder.rglob("*") if path.is_file()]))
    else:
        jobs, files = [], []
        for item in (item for page in obstore.list(store) for item in page):
            target = folder / item["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            files.append(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644))
            for start in range(0, item["size"], RANGE):
                end = min(start + RANGE, item["size"])
                jobs.append((files[-1], item["path"], start, end))
        list(pool.map(pull, jobs))
        for file in files:
            os.close(file)
