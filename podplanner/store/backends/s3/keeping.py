"""What a bucket does with objects by itself: keeps old versions, locks them, deletes them."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from podplanner.store.backends.s3.backend import S3Backend
from podplanner.store.examination import Figure, Result

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import LifecycleRuleOutputTypeDef

_COLD = frozenset({"GLACIER", "DEEP_ARCHIVE"})
# Storage classes of AWS whose objects must be asked for hours before they are read.


def keeping(backend: S3Backend, *, keeps_versions: bool) -> Iterator[Result]:
    """Yield what the bucket's own rules do to a store.

    Args:
        backend: Of the store.
        keeps_versions: Whether an object that was written has shown it, whoever may ask for it.
    """
    yield _versioning(backend, keeps_versions=keeps_versions)
    yield _locks(backend)
    yield _expiry(backend)


def _versioning(backend: S3Backend, *, keeps_versions: bool) -> Result:
    from botocore.exceptions import ClientError

    try:
        client = backend.access.client
        status = client.get_bucket_versioning(Bucket=backend.bucket).get("Status", "never set")
    except ClientError as error:
        if not keeps_versions:
            return _unknown("versioning", "whether the bucket keeps old versions", error)
        status = "Enabled"
    figures = (Figure("status", status),)
    if status == "Enabled":
        words = "the bucket keeps what is deleted, as an old version that goes on costing"
        hint = (
            "Suspend versioning, or let a lifecycle rule end old versions "
            "(NoncurrentVersionExpiration)."
        )
        return Result("versioning", "warning", words, hint, figures)
    return Result("versioning", "ok", "what is deleted is gone", "", figures)


def _locks(backend: S3Backend) -> Result:
    from botocore.exceptions import ClientError

    try:
        client = backend.access.client
        found = client.get_object_lock_configuration(Bucket=backend.bucket)
    except ClientError as error:
        if _code(error) == "ObjectLockConfigurationNotFoundError":
            return Result("locks", "ok", "nothing locks objects")
        return _unknown("locks", "whether objects are locked", error)
    retention = found.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
    if not retention:
        return Result("locks", "ok", "no retention locks new objects")
    length = (
        f"{retention['Days']} days" if "Days" in retention else f"{retention.get('Years')} years"
    )
    words = f"objects are locked for {length}: until then nothing can be collected"
    hint = "Use a bucket without default retention, unless that is meant."
    return Result("locks", "warning", words, hint, (Figure("retention", length),))


def _expiry(backend: S3Backend) -> Result:
    from botocore.exceptions import ClientError

    try:
        client = backend.access.client
        found = client.get_bucket_lifecycle_configuration(Bucket=backend.bucket)
    except ClientError as error:
        if _code(error) == "NoSuchLifecycleConfiguration":
            return Result("expiry", "ok", "no rule deletes or moves objects")
        return _unknown("expiry", "whether rules delete or move objects", error)
    harm = harmful(found.get("Rules", []), f"{backend.prefix}/".lstrip("/"))
    figures = (Figure("rules", len(found.get("Rules", []))), Figure("harmful", len(harm)))
    if harm:
        words = f"models would be lost: {'; '.join(harm)}"
        hint = "Remove the rule, or give it a prefix that is not the store's."
        return Result("expiry", "error", words, hint, figures)
    return Result("expiry", "ok", "no rule deletes or moves the store's objects", "", figures)


def harmful(rules: Sequence["LifecycleRuleOutputTypeDef"], root: str) -> list[str]:
    """Return, in words, the rules of a bucket that take objects from a store.

    Args:
        rules: Of the bucket's lifecycle.
        root: What the store's keys begin with.
    """
    return [
        f"rule {rule.get('ID') or number} {what}"
        for number, rule in enumerate(rules, 1)
        if rule.get("Status") == "Enabled" and _covers(rule, root)
        for what in _done_by(rule)
    ]


def _covers(rule: "LifecycleRuleOutputTypeDef", root: str) -> bool:
    """Return whether a rule may be about objects of the store: they have no tags."""
    condition: dict[str, Any] = dict(rule.get("Filter") or {})
    both: dict[str, Any] = condition.get("And") or {}
    if condition.get("Tag") or both.get("Tags"):
        return False
    prefix = condition.get("Prefix") or both.get("Prefix") or rule.get("Prefix") or ""
    return str(prefix).startswith(root) or root.startswith(prefix)


def _done_by(rule: "LifecycleRuleOutputTypeDef") -> Iterator[str]:
    expiration = rule.get("Expiration") or {}
    if "Days" in expiration:
        yield f"deletes objects after {expiration['Days']} days"
    elif "Date" in expiration:
        yield f"deletes objects on {expiration['Date']:%Y-%m-%d}"
    for transition in rule.get("Transitions", []):
        if transition.get("StorageClass") in _COLD:
            yield f"moves objects to {transition['StorageClass']}, from where reading takes hours"


def _unknown(name: str, what: str, error: Exception) -> Result:
    code = _code(error)
    words = f"{what} is not known: the engine answers {code}"
    hint = ""
    if code == "AccessDenied":
        words = f"{what} is not known: this access key may not ask"
        hint = f"Let it (s3:{_VERBS[name]}), or ask who runs the engine."
    return Result(name, "unknown", words, hint)


_VERBS = {
    "versioning": "GetBucketVersioning",
    "locks": "GetBucketObjectLockConfiguration",
    "expiry": "GetLifecycleConfiguration",
}


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))
