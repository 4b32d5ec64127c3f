"""Copy a folder to a bucket and back with boto3.

Usage: python by_boto3.py push|pull default|tuned BUCKET PREFIX FOLDER

`default` is what the documentation shows: `upload_file` and `download_file`, file by file. `tuned`
has all files in one transfer manager, ranges of 32 MiB, sixteen threads and no extra checksums.
"""

import sys
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig, create_transfer_manager
from botocore.config import Config

do, how, bucket, prefix, place = sys.argv[1:]
folder = Path(place)
tuned = how == "tuned"
THREADS = 16
options = {"max_pool_connections": THREADS}
if tuned:
    options["request_checksum_calculation"] = "when_required"
    options["response_checksum_validation"] = "when_required"
client = boto3.client("s3", config=Config(**options))
if do == "push":
    work = [
        (str(path), f"{prefix}/{path.relative_to(folder)}")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
else:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    work = [(str(folder / key[len(prefix) + 1 :]), key) for key in keys]
    for path, _ in work:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
if tuned:
    size = 32 * 2**20
    settings = TransferConfig(
        multipart_threshold=size, multipart_chunksize=size, max_concurrency=THREADS
    )
    with create_transfer_manager(client, settings) as manager:
        waiting = [
            manager.upload(path, bucket, key)
            if do == "push"
            else manager.download(bucket, key, path)
            for path, key in work
        ]
        for future in waiting:
            future.result()
else:
    for path, key in work:
        if do == "push":
            client.upload_file(path, bucket, key)
        else:
            client.download_file(bucket, key, path)
