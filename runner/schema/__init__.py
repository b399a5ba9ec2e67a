"""JSON Schema of the YAML files, made from the signatures of what they name: editors complete and check by it."""
