"""Upload a file to a bucket and download the latest again with modelstore.

Usage: python by_modelstore.py push BUCKET FILE | pull BUCKET FOLDER
"""

import sys

from modelstore import ModelStore

do, bucket, place = sys.argv[1:]
store = ModelStore.from_aws_s3(bucket)
if do == "push":
    store.upload("bench", model=place)
else:
    store.download(place, "bench", store.list_models("bench")[-1])
