"""How the house test calls each command; a command without a line here fails the build."""

SAMPLES: dict[str, list[str]] = {
    "demo_logins": [],
    "demo_seed": [],
    "docs_build": ["--check"],
    "events_replay": ["--parked"],
    "api_client_create": ["--platform", "boyfanz", "--name", "billing", "--scope", "creators:read"],
    "api_client_revoke": ["00000000-0000-0000-0000-00000000dead"],
    "api_client_rotate": ["00000000-0000-0000-0000-00000000dead"],
    "platform_add": ["bearfanz", "--name", "BearFanz", "--cluster", "fanz-men"],
    "audit_verify": [],
    "crisis_switch": ["list"],
    "runner": ["--until-idle"],
    "bench": [],
    "doctor": [],
    "faults": [],
    "ledger_export": ["trial-balance", "--format", "csv", "--out", "/dev/null"],
    "ledger_reconcile": [],
    "ledger_statement": ["1"],
    "ledger_trial_balance": [],
    "ledger_verify": [],
    "jobs": ["--run", "jobs.tidy"],
}
