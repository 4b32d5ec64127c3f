"""Copy a folder to a bucket and back as MLflow does with the artifacts of a run.

Usage: python by_mlflow.py push|pull BUCKET PREFIX FOLDER
"""

import sys

from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

do, bucket, prefix, folder = sys.argv[1:]
repository = S3ArtifactRepository(f"s3://{bucket}/{prefix}")
if do == "push":
    repository.log_artifacts(folder)
else:
    repository.download_artifacts("", dst_path=folder)
