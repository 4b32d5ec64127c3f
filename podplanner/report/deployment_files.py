"""The files of a deployment, from templates/deploy: units, environment, configuration, README."""

from dataclasses import dataclass

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from podplanner.planning.deployment.credentials import Credentials, identities_json
from podplanner.report.deployment import DeploymentReport
from podplanner.resources import data_dir

IDENTITIES, SECURITY = "secret/s3.json", "secret/security.toml"

_PLAIN, _PROGRAM, _SECRET = 0o644, 0o755, 0o600


@dataclass(frozen=True, slots=True)
class DeployedFile:
    """A file below the output folder.

    Attributes:
        path: Relative, with `/`.
        mode: Its permissions, whatever the umask is.
    """

    path: str
    text: str
    mode: int


def deployment_files(report: DeploymentReport) -> tuple[DeployedFile, ...]:
    """Return every file of a deployment that holds no secret."""
    templates = _environment()

    def rendered(name: str, path: str, mode: int = _PLAIN, **more: object) -> DeployedFile:
        template = templates.get_template(f"deploy/{name}.j2")
        return DeployedFile(path, template.render(report=report, **more), mode)

    found = [
        rendered("README.md", "README.md"),
        rendered("install.sh", "install.sh", _PROGRAM),
        rendered("check.sh", "check.sh", _PROGRAM),
        rendered("firewall.nft", "config/firewall.nft"),
        rendered("master.toml", "config/master.toml"),
    ]
    if report.metadata != "own":
        found.append(rendered("filer.toml", "config/filer.toml"))
    found += [rendered(f"{unit}.service", f"units/{unit}.service") for unit in report.units]
    found += [rendered("pod.env", f"pods/{pod.name}/pod.env", pod=pod) for pod in report.pods]
    return tuple(found)


def secret_files(credentials: Credentials, bucket: str) -> tuple[DeployedFile, ...]:
    """Return the files that hold secrets; only their owner may read them."""
    security = _environment().get_template("deploy/security.toml.j2")
    return (
        DeployedFile(IDENTITIES, identities_json(credentials, bucket), _SECRET),
        DeployedFile(SECURITY, security.render(credentials=credentials), _SECRET),
    )


def _environment() -> Environment:
    """Return templates of plain text, which stop at a name that does not exist."""
    return Environment(
        loader=FileSystemLoader(data_dir("templates")),
        autoescape=select_autoescape(default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
