"""How the house test calls each command; a command without a line here fails the build."""

SAMPLES: dict[str, list[str]] = {
    "demo_logins": [],
    "demo_seed": [],
    "docs_build": ["--check"],
    "events_replay": ["--parked"],
    "platform_add": ["bearfanz", "--name", "BearFanz", "--cluster", "fanz-men"],
    "audit_verify": [],
    "crisis_switch": ["list"],
    "runner": ["--until-idle"],
    "jobs": ["--run", "jobs.tidy"],
}
