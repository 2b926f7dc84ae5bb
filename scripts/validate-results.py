#!/usr/bin/env python3
"""Is each results.json what schema/results-2.schema.json says? Names what is not, and where; exit 1 if anything is not."""

import json
import pathlib
import sys

import jsonschema

root = pathlib.Path(__file__).resolve().parent.parent
schema = json.loads((root / "schema" / "results-2.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

wrong = 0
for file in sys.argv[1:]:
    for error in validator.iter_errors(json.loads(pathlib.Path(file).read_text())):
        print(f"{file}: {'/'.join(map(str, error.absolute_path)) or '(root)'}: {error.message}")
        wrong += 1
sys.exit(1 if wrong else 0)
