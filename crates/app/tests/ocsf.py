"""Validates OCSF events, one a line, against the schema of their class in the version they name and the newest one."""
import json, sys
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
known, count = {}, 0
def validator(version, uid, profiles):
    if (version, uid) not in known:
        schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version))
        known[version, uid] = Draft202012Validator(
            schema.get_class_schema(schema.lookup_class_name_from_uid(uid), profiles))
    return known[version, uid]
for line in sys.stdin:
    event = json.loads(line)
    for version in (event["metadata"]["version"], "1.8.0"):
        for error in validator(version, event["class_uid"], event["metadata"].get("profiles", [])).iter_errors(event):
            sys.exit(f"{version} line {count}: {error.json_path}: {error.message}")
    count += 1
print(count)
